"""Put first on the path of a process, refuses every connection made from Python."""

import socket


def refuse(*arguments, **options):
    raise ConnectionRefusedError("sockets are blocked in this test")


socket.socket.connect = refuse
socket.socket.connect_ex = refuse
socket.create_connection = refuse
socket.getaddrinfo = refuse
