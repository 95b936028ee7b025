"""Completion webhooks: what `sql/webhooks_due.sql` wrote is delivered, at least once, signed.

`outbox` claims deliveries and settles them (one fenced statement each), `message` says what is
sent, `signing` with which secret, `sending` makes one attempt, `pauses` when the next one is due,
`deliverer` is the thread of a worker that does all this while there is something to deliver.
`addressing` is asked before: may this call name that address? `redelivery` begins anew.
"""
