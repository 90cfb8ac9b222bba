"""A real SFTP server for tests, on loopback and over one folder, by the library that the client uses too (paramiko)."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED
from paramiko.sftp import SFTP_OK

USER, PASSWORD = "keeper", "a password / with @ signs"


@dataclass(frozen=True)
class SftpServer:
    """Where it listens, and the folder that clients see as /."""

    port: int
    folder: Path


class _Door(paramiko.ServerInterface):
    def check_auth_password(self, username: str, password: str) -> int:
        good = (username, password) == (USER, PASSWORD)
        return AUTH_SUCCESSFUL if good else AUTH_FAILED

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED


def _files_of(folder: Path) -> type[paramiko.SFTPServerInterface]:
    class Files(paramiko.SFTPServerInterface):
        def _real(self, path: str) -> str:
            return str(folder) + self.canonicalize(path)

        def list_folder(self, path: str) -> Any:
            try:
                return [_attributes(entry) for entry in os.scandir(self._real(path))]
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno or 0)

        def stat(self, path: str) -> Any:
            try:
                return paramiko.SFTPAttributes.from_stat(os.stat(self._real(path)))
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno or 0)

        lstat = stat

        def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> Any:
            try:
                file = os.fdopen(os.open(self._real(path), flags, 0o600), "wb" if flags & os.O_WRONLY else "rb")
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno or 0)
            handle = paramiko.SFTPHandle(flags)
            setattr(handle, "writefile" if flags & os.O_WRONLY else "readfile", file)
            return handle

        def remove(self, path: str) -> int:
            return self._done(lambda: os.remove(self._real(path)))

        def mkdir(self, path: str, attr: paramiko.SFTPAttributes) -> int:
            return self._done(lambda: os.mkdir(self._real(path)))

        def posix_rename(self, oldpath: str, newpath: str) -> int:
            return self._done(lambda: os.replace(self._real(oldpath), self._real(newpath)))

        @staticmethod
        def _done(deed: Any) -> int:
            try:
                deed()
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno or 0)
            return SFTP_OK

    return Files


def _attributes(entry: os.DirEntry[str]) -> paramiko.SFTPAttributes:
    attributes = paramiko.SFTPAttributes.from_stat(entry.stat())
    attributes.filename = entry.name
    return attributes


@contextmanager
def sftp_server(folder: Path) -> Iterator[SftpServer]:
    """A server for the block."""
    key, transports = paramiko.RSAKey.generate(2048), list[paramiko.Transport]()
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _files_of(folder))
            transports.append(transport)
            transport.start_server(threading.Event(), _Door())

    accepting = threading.Thread(target=serve, daemon=True)
    accepting.start()
    try:
        yield SftpServer(listening.getsockname()[1], folder)
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for transport in transports:
            transport.close()
        accepting.join(10)
