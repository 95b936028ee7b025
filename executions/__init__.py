"""Running: executions and their queue, the worker that claims them, and the HTTP API over both.

Inside, imports go down: urls > views|admin|management > serializers > dispatch|worker >
claims|events|broker > models.
"""
