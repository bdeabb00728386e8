"""Our own face towards clients: HTTP/1.1 on the event loop itself (RFC 9112), parsed by llhttp.

A server that runs beside the interpreter costs more for handing requests over than the whole managed
layer; see the decision "The server is ours".
"""
