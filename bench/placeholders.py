"""The commands of `--peer NAME=client-command,server-command`.

    {listen} {listen_host} {listen_port}   where the program has to listen; a client as a SOCKS5 proxy
    {server} {server_host} {server_port}   where a client finds its server
    {cert} {key}                           files (PEM) of a server's certificate, for the name localhost
    {password}                             what both share
    {folder}                               a folder of this peer's own
    {file:PATH}                            a copy of the file in that folder, for programs that want a configuration:
                                           the same placeholders are filled in there, other braces stay as they are

A command must stay in the foreground: its process is the one that is measured."""

import pathlib
import re
import shlex

PLACEHOLDER = re.compile(r"\{([a-z_]+)(?::([^{}]+))?\}")


def split_commands(text):
    """At the only comma outside quotes, into words as a shell would."""
    parts, quote, begin = [], None, 0
    for at, letter in enumerate(text):
        if quote:
            quote = None if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == ",":
            parts.append(text[begin:at])
            begin = at + 1
    parts.append(text[begin:])
    if len(parts) != 2 or not all(part.strip() for part in parts):
        raise ValueError(f"{text!r}: two commands with one comma between them (quote other commas)")
    return [shlex.split(part) for part in parts]


def parse_peer(text):
    """NAME, client's words, server's words."""
    name, equals, commands = text.partition("=")
    if not equals or not re.fullmatch(r"[\w.+-]+", name):
        raise ValueError(f"{text!r}: NAME=client-command,server-command")
    return name, *split_commands(commands)


def address(name, port, host="127.0.0.1"):
    return {name: f"{host}:{port}", f"{name}_host": host, f"{name}_port": str(port)}


def fill(text, values, known_only=False):
    """An unknown placeholder is an error in a command, and somebody else's brace in a file."""
    def one(match):
        key, argument = match.groups()
        if key == "file" and argument and "folder" in values and not known_only:
            return fill_file(argument, values)
        if argument is None and key in values:
            return values[key]
        if known_only:
            return match.group()
        raise ValueError(f"unknown placeholder {match.group()}")

    return PLACEHOLDER.sub(one, text)


def fill_file(path, values):
    source = pathlib.Path(path)
    made = pathlib.Path(values["folder"]) / source.name
    made.write_text(fill(source.read_text(encoding="utf-8"), values, known_only=True), encoding="utf-8")
    return str(made)
