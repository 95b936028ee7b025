"""One chat completion from an OpenAI-compatible server, as the NLP agent needs it.

`endpoint` decides where a request goes and which key may go with it, `clients` keeps connections,
`completion` asks and reads the answer, `failures` says in our error tree what went wrong. Only
`clients`, `completion` and `failures` import openai; `agents.nlp` imports them inside the host.
"""
