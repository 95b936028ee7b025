"""The NLP agent's work: questions to OpenAI-compatible servers, and what operations make of them.

Two sides that meet in `question`. Below it `endpoint` decides where a request goes and which key
may go with it, `clients` keeps connections, `transport`, `completion`, `streaming` and `embeddings`
make one request, `failures` says in our error tree what went wrong, `servers` asks one model after
the other. Above it `operations` work on texts with `prompts`, `parts` and `structured`. Only the
modules below import openai; `agents.nlp` imports them inside the host.
"""
