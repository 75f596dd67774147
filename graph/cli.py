"""The command line.

Exit status: 0 done, 1 the data or the answer is not what it should be, 2 wrong use or broken input.
"""

from __future__ import annotations

import functools
import importlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypedDict

import click

from graph import build as builder
from graph import export as exporter
from graph import canonical, catalogue, coverage, formats, guard, ontology, questions, resources, tables, validate, verification
from graph.errors import DataError, TropicoError, UsageError
from graph.settings import Settings
from graph.store import Store, open_store

_BROKEN_PIPE, _INTERRUPTED = 141, 130  # 128 + SIGPIPE, 128 + SIGINT, as shells have it
_QUERY_FORMATS = [each.key for each in (*formats.RESULT_FORMATS, *formats.RDF_FORMATS)]


class _Commands(click.Group):
    """Commands whose foreseeable errors end in one line and their exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TropicoError as error:
            if ctx.params.get("debug"):
                raise
            if isinstance(error, DataError) and error.report is not None and len(error.report.results) > 1:
                click.echo("".join(f"{each.as_text()}\n" for each in error.report.results), nl=False, err=True)
            click.echo(f"tropico: {error}", err=True)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            _silence_stdout()
            ctx.exit(_BROKEN_PIPE)
        except KeyboardInterrupt:
            click.echo("tropico: stopped", err=True)
            ctx.exit(_INTERRUPTED)


def _silence_stdout() -> None:
    """Point standard output nowhere, so that flushing it at the end does not complain again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(resources.version(), prog_name="tropico")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def main(debug: bool) -> None:
    """Ask, serve, check and export the TROPICO Knowledge Graph."""


class _Place(TypedDict):
    """Where the store is, as far as the command line says."""

    store: Path | None
    endpoint: str | None
    update_endpoint: str | None


_STORE = click.option("--store", type=click.Path(path_type=Path), metavar="DIR",
                      help="The store on disk (default: the packaged data in a temporary store).")


def _place(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let `command` be told where the store is; it gets `place`, to be passed on to the settings."""

    @functools.wraps(command)
    def told(*arguments: Any, store: Path | None, endpoint: str | None, update_endpoint: str | None, **rest: Any) -> Any:
        if store is not None and endpoint:
            raise UsageError("A store is either a folder or an endpoint; give --store or --endpoint.")
        return command(*arguments, place=_Place(store=store, endpoint=endpoint, update_endpoint=update_endpoint), **rest)

    for each in (
        click.option("--update-endpoint", metavar="URL", help="Where that server takes updates, to write."),
        click.option("--endpoint", metavar="URL", help="A SPARQL server that holds the store instead of a folder."),
        _STORE,
    ):
        told = each(told)
    return told


@main.command()
@click.option("--host", help="The address to listen at (default: 127.0.0.1).")
@click.option("--port", type=int, help="The port to listen at; 0 takes a free one (default: 8000).")
@_place
def serve(host: str | None, port: int | None, place: _Place) -> None:
    """Build the store if it is empty, then serve pages, data and the endpoint."""
    settings = Settings.from_environment(host=host, port=port, **place)
    app = importlib.import_module("app")  # by name, as `flask --app app` does: nothing depends on the wiring
    _note("starting …")
    app.serve(settings, click.echo)


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--allow-synthetic", is_flag=True, help="Also load files that say of themselves that they are made up.")
@_place
def build(paths: tuple[Path, ...], allow_synthetic: bool, place: _Place) -> None:
    """Validate files, infer what follows and load all of it, or nothing (default: the packaged data)."""
    settings = Settings.from_environment(**place)
    with open_store(settings) as opened:
        result = builder.build(
            opened, paths, settings=settings, describe=catalogue.description, allow_synthetic=allow_synthetic
        )
    if result.report.results:
        click.echo(result.report.as_text(), nl=False, err=True)
    counts = ", ".join(f"{number} {name}" for name, number in result.counts.items())
    click.echo(f"Built {len(result.graphs)} graphs with {sum(result.graphs.values())} triples "
               f"({result.inferred} inferred): {counts}, in {result.seconds:.1f} s.")
    click.echo(f"Build {result.identity.digest} of version {result.identity.version}.")
    if settings.store is None and not settings.endpoint:
        click.echo("The store was temporary and is gone; add --store DIR to keep it.")


@main.command(name="validate")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--format", "form", type=click.Choice(["text", "json", "turtle"]), default="text", show_default=True)
def validate_(paths: tuple[Path, ...], form: str) -> None:
    """Report what in the files is not as the shapes want it; nothing is loaded."""
    files = [file for path in paths for file in ontology.files_in(path)]
    if not files:
        raise UsageError(f"There is no RDF file in {', '.join(map(str, paths))}; name files that end in .ttl.")
    documents = [formats.read(file) for file in files]
    context = ontology.load(with_data=[resources.folder("data")])
    report = validate.validate(documents, context, validate.shapes())
    click.echo({"text": report.as_text, "json": report.as_json, "turtle": report.as_turtle}[form](), nl=False)
    sys.exit(0 if report.conforms else 1)


@main.command()
@click.argument("name", required=False, metavar="[cq-NN]")
@click.option("-p", "--param", "given", multiple=True, metavar="NAME=VALUE", help="A parameter; may be repeated.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json", "md"]), default="table", show_default=True)
@click.option("--status", is_flag=True, help="Run every question; tell its rows, its time and the terms it covers.")
@_place
def ask(name: str | None, given: tuple[str, ...], form: str, status: bool, place: _Place) -> None:
    """Answer a question; without one, list the questions."""
    known = questions.load()
    if status:
        with _filled(**place) as opened:
            click.echo(_status(opened, known), nl=False)
        return
    if name is None:
        click.echo(_listing(known), nl=False)
        return
    if name not in known:
        raise UsageError(f"There is no question {name!r}; there are {', '.join(known)}.")
    values = _values(given)
    questions.resolve(known[name], values)  # wrong parameters are told before a store is built
    with _filled(**place) as opened:
        answer = questions.ask(opened, known[name], values)
    click.echo(_written(answer, form), nl=False)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE|-")
@click.option("--format", "form", type=click.Choice(_QUERY_FORMATS), help="Default: json for a table, ttl for a graph.")
@_place
def query(file: Path, form: str | None, place: _Place) -> None:
    """Run the SPARQL query in FILE (- reads it from standard input), within the limits of the endpoint."""
    text = _query_text(file)
    guard.classify(text)  # what cannot be run is told before a store is built
    settings = Settings.from_environment(**place)
    with _filled(**place) as opened:
        answer = guard.answer(opened, text, None, settings, forced=formats.by_key(form) if form else None)
        for chunk in answer.chunks:
            sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
        if answer.capped is not None:
            more = "add a LIMIT, or raise TROPICO_MAX_ROWS"
            click.echo(f"tropico: the answer was ended after {answer.capped} rows, which is the limit; {more}.", err=True)


@main.command(name="export")
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@_place
def export_(directory: Path, force: bool, place: _Place) -> None:
    """Write dumps in every format, a VoID description and checksums into DIR."""
    with _filled(**place) as opened:
        for path in exporter.export(opened, directory, force, catalogue.catalogue):
            click.echo(f"{path}  {path.stat().st_size} bytes")


@main.command()
@click.option("--reasoner/--no-reasoner", default=False, help="Also ask a reasoner and the OWL API (needs Java).")
def check(reasoner: bool) -> None:
    """Run the ontology's gate: each line is one check, with the number of things it looked at."""
    from graph import checks

    outcomes = checks.run(checks.Tree.packaged(), reasoner)
    for each in outcomes:
        click.echo(_verdict(each))
    failed, skipped = sum(each.failed for each in outcomes), sum(each.not_run is not None for each in outcomes)
    click.echo(f"{len(outcomes) - failed - skipped} passed, {failed} failed, {skipped} not run")
    sys.exit(1 if failed else 0)


def _verdict(outcome: Any) -> str:
    """Return one line on a check, and one more for each fault."""
    state = "not run" if outcome.not_run else "passed" if outcome.passed else "FAILED"
    looked = outcome.not_run or f"{outcome.looked_at} {outcome.unit}" + (f"; {outcome.note}" if outcome.note else "")
    lines = [f"{outcome.number:>2} {state:<7} {outcome.name}: {looked}", *(f"   {fault}" for fault in outcome.faults)]
    if outcome.failed and not outcome.faults:
        lines.append("   It looked at nothing, so it proves nothing; see that the files it needs are there.")
    return "\n".join(lines)


@main.command()
@click.option("--store", type=click.Path(path_type=Path), metavar="DIR", help="The store on disk.")
def verify(store: Path | None) -> None:
    """Read every index of a store on disk and count it against what was written."""
    directory = Settings.from_environment(store=store).store
    if directory is None:
        raise UsageError("There is no store to verify; name one with --store DIR.")
    click.echo(verification.verify(directory).as_text())


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; tell which files are not in canonical form.")
def fmt(paths: tuple[Path, ...], only_check: bool) -> None:
    """Write Turtle files in canonical form, so that a save in Protégé gives a diff of what was edited."""
    files = [file for path in paths for file in ontology.files_in(path) if file.suffix == ".ttl"]
    if not files:
        raise UsageError(f"There is no Turtle file in {', '.join(map(str, paths))}; name files that end in .ttl.")
    other = [(file, text) for file in files if (text := canonical.canonical(file)) != file.read_text(encoding="utf-8")]
    for file, text in other:
        if not only_check:
            file.write_text(text, encoding="utf-8")
        click.echo(f"{file}: {'is not in canonical form; run tropico fmt on it' if only_check else 'rewritten'}")
    click.echo(f"{len(files)} files, {len(other)} {'to be rewritten' if only_check else 'rewritten'}.")
    sys.exit(1 if other and only_check else 0)


# -- what the commands share ------------------------------------------------------------------------------------------


@contextmanager
def _filled(
    store: Path | None = None, endpoint: str | None = None, update_endpoint: str | None = None
) -> Iterator[Store]:
    """Open the store that was asked for; without one, a temporary store with the packaged data.

    Raises UsageError for a store that holds nothing or is not there: an empty answer would look like an answer.
    """
    settings = Settings.from_environment(store=store, endpoint=endpoint, update_endpoint=update_endpoint)
    with open_store(settings) as opened:
        if not any(opened.graphs().values()):
            if settings.endpoint:
                fill = f"fill it with 'tropico build --endpoint {settings.endpoint} --update-endpoint URL'"
                raise UsageError(f"The store at {settings.endpoint} is empty; {fill}.")
            if settings.store is not None:
                fill = f"fill it with 'tropico build --store {settings.store}'"
                raise UsageError(f"The store {settings.store} is empty; {fill}.")
            _note("building from the packaged data …")
            builder.build(opened, settings=settings, describe=catalogue.description)
        yield opened


def _note(text: str) -> None:
    """Tell a person at a terminal what takes a moment; a program hears nothing."""
    if sys.stderr.isatty():
        click.echo(f"tropico: {text}", err=True)


def _values(given: tuple[str, ...]) -> dict[str, str]:
    """Return NAME=VALUE pairs as a mapping. Raises UsageError for one without '=' and for a name given twice."""
    values: dict[str, str] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            raise UsageError(f"-p {each} has no '='; write it as -p innovation=concept/innovation/telework.")
        if name in values:
            raise UsageError(f"-p {name} is given twice; give it once.")
        values[name] = value
    return values


def _query_text(file: Path) -> str:
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise UsageError(f"{file} is not UTF-8; save it as UTF-8.") from problem
    except OSError as problem:
        told = f"{file} cannot be read ({problem.strerror}); name a file with a SPARQL query, or - for standard input."
        raise UsageError(told) from problem


def _listing(known: dict[str, questions.Question]) -> str:
    """Return the questions under each audience that asks them, with their parameters; a `?` marks an optional one."""
    audiences = dict.fromkeys(audience for question in known.values() for audience in question.audience)
    lines: list[str] = []
    for audience in audiences:
        lines += ["", audience] if lines else [audience]
        for question in known.values():
            if audience in question.audience:
                names = ", ".join(f"{each.name}{'?' if each.optional else ''}" for each in question.params)
                lines.append(f"  {question.id}  {question.question}" + (f"  [{names}]" if names else ""))
    return "".join(f"{line}\n" for line in lines)


def _status(store: Store, known: dict[str, questions.Question]) -> str:
    """Return a table of all questions as they ran just now, and the terms that none of them uses."""
    ran = coverage.status(store, known)
    rows = [
        (each.question.id, each.ran.strftime("%Y-%m-%d %H:%M:%SZ"), str(each.rows), f"{each.seconds * 1000:.1f}", " ".join(each.terms))
        for each in ran
    ]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    left = [str(term).rpartition("#")[2] for term in coverage.unused(store, known.values())]
    told = f"{len(left)} terms that no question uses: {' '.join(left)}" if left else "Every term is used by a question."
    return f"{tables.as_text(('Question', 'Ran', 'Rows', 'ms', 'Terms'), rows, width)}\n{told}\n"


def _written(answer: questions.Answer, form: str) -> str:
    if form == "csv":
        return tables.as_csv(answer.table)
    if form == "json":
        return answer.as_json() + "\n"
    if form == "md":
        return f"**{answer.question.question}**\n\n{tables.as_markdown(answer.table)}\n{_footer(answer)}\n"
    headings, rows = tables.readable(answer.table)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    return f"{answer.question.question}\n\n{tables.as_text(headings, rows, width)}\n{_footer(answer)}\n"


def _footer(answer: questions.Answer) -> str:
    number = len(answer.table.rows)
    rows = "No row." if not number else f"{number} row{'s' * (number > 1)}."
    empty = f" {answer.question.empty}" if not number and answer.question.empty else ""
    return f"{rows}{empty}" + (f" Build {answer.identity.digest}." if answer.identity else "")
