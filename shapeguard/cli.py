"""The command. All printing, reading of standard input and exit codes are here."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

import click

from shapeguard.lint.catalogue import Catalogue, Installed, RuleInfo
from shapeguard.lint.selection import Selection, SelectionError, split

if TYPE_CHECKING:
    from shapeguard.lint.config import Settings
    from shapeguard.lint.engine import Progress
    from shapeguard.lint.outcome import Outcome

FORMATS = ("text", "concise", "json", "github", "sarif")

# Below this many characters an analysis is over before a bar would be read.
LONG_RUN = 400_000


@dataclass(frozen=True, slots=True)
class Request:
    """What `shapeguard check` was asked to do."""

    paths: tuple[str, ...]
    fix: bool
    unsafe_fixes: bool
    diff: bool
    select: tuple[str, ...]
    extend_select: tuple[str, ...]
    ignore: tuple[str, ...]
    output_format: str
    no_cache: bool
    stdin_filename: str | None
    config: str | None
    isolated: bool
    exclude: tuple[str, ...]
    extend_exclude: tuple[str, ...]
    force_exclude: bool
    respect_gitignore: bool | None
    report_unused_ignores: bool
    exit_zero: bool
    quiet: bool
    timings: bool = False

    @property
    def stdin(self) -> bool:
        """Whether the program comes from standard input."""
        return self.paths == ("-",)

    @property
    def selection(self) -> Selection:
        """The selectors of the command line."""
        return Selection(
            select=split(self.select) if self.select else None,
            extend_select=split(self.extend_select),
            ignore=split(self.ignore),
        )

    def adjust(self, settings: Settings) -> Settings:
        """A configuration with what the command line says about files."""
        changes: dict[str, Any] = {}
        if self.exclude:
            changes["exclude"] = split(self.exclude)
        if self.extend_exclude:
            changes["extend_exclude"] = (*settings.extend_exclude, *split(self.extend_exclude))
        if self.force_exclude:
            changes["force_exclude"] = True
        if self.respect_gitignore is not None:
            changes["respect_gitignore"] = self.respect_gitignore
        return replace(settings, **changes) if changes else settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="torch-shapeguard", prog_name="shapeguard")
def cli() -> None:
    """Find code that misreads what torch.nn.RNN, LSTM and GRU return."""


@cli.command()
@click.argument("paths", nargs=-1, metavar="[PATHS|-]")
@click.option("--fix", is_flag=True, help="Make the safe fixes.")
@click.option("--unsafe-fixes", is_flag=True, help="Count the unsafe fixes in.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option("--select", multiple=True, metavar="CODES", help="Turn on these rules only.")
@click.option("--extend-select", multiple=True, metavar="CODES", help="Turn on these rules too.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Turn off these rules.")
@click.option("--output-format", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--stdin-filename", metavar="PATH", help="The name of what `-` reads.")
@click.option("--config", metavar="PATH", help="Take the settings from this TOML file.")
@click.option("--isolated", is_flag=True, help="Take no settings from any file.")
@click.option("--exclude", multiple=True, metavar="PATTERNS", help="Leave out, for the defaults.")
@click.option("--extend-exclude", multiple=True, metavar="PATTERNS", help="Leave out as well.")
@click.option("--force-exclude", is_flag=True, help="Leave out even what is named in PATHS.")
@click.option("--respect-gitignore/--no-respect-gitignore", default=None)
@click.option("--report-unused-ignores", is_flag=True, help="Report comments without effect.")
@click.option("-e", "--exit-zero", is_flag=True, help="Exit 0 even with findings.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings only.")
@click.option("--timings", is_flag=True, help="Show what each phase and each rule cost.")
def check(paths: tuple[str, ...], **options: Any) -> None:
    """Check Python files and notebooks; `-` reads one from standard input.

    CODES are codes (SG301), prefixes (SG3), names (last-step-of-bidirectional) or ALL, parted by
    commas. Exits with 0 when nothing was found, 1 with findings, 2 when it could not do its work.
    """
    from shapeguard.lint.config import ConfigError

    request = Request(paths=paths or (".",), **options)
    if "-" in request.paths and not request.stdin:
        raise click.UsageError("`-` cannot be mixed with other paths")
    try:
        code = _timed(request) if request.timings else run(request, Installed())
    except (ConfigError, SelectionError) as error:
        _fail(str(error))
    sys.exit(code)


def _timed(request: Request) -> int:
    """The same in one process, without the cache, with a table of costs at the end."""
    from time import perf_counter

    from shapeguard.lint.timings import CLOCK, table

    catalogue = Installed()
    begun = perf_counter()
    CLOCK.start()
    code = run(replace(request, no_cache=True), catalogue)
    seconds = CLOCK.stop()
    _print(table(seconds, catalogue.names(), perf_counter() - begun), err=True)
    return code


def run(request: Request, catalogue: Catalogue, analyze: Any = None) -> int:
    """Check, report, and give the exit code; tests hand in rules and an analysis of their own."""
    from shapeguard.lint.config import Configs
    from shapeguard.lint.engine import Engine, Options, installed_analysis
    from shapeguard.lint.files import Found, excluded, find, read_bytes, shown

    configs = Configs(request.config, request.isolated, request.adjust)
    options = Options(
        fix=request.fix or request.diff,
        unsafe=request.unsafe_fixes,
        write=request.fix and not (request.diff or request.stdin),
        cache=not (request.no_cache or request.stdin),
        report_unused=request.report_unused_ignores,
        selection=request.selection,
        processes=1 if request.timings else None,
        folders=tuple(path for path in request.paths if os.path.isdir(path)),
    )
    engine = Engine(options, analyze or installed_analysis, catalogue, _progress(request))
    if not request.stdin:
        outcome = engine.check(find(request.paths, configs), read_bytes)
        return _report(request, outcome, catalogue)
    raw = sys.stdin.buffer.read()
    name = shown(request.stdin_filename) if request.stdin_filename else "-"
    settings = configs.above(os.path.dirname(name) or ".")
    out = settings.force_exclude and excluded(name, settings)
    outcome = engine.check([] if out else [Found(name, settings)], lambda path: raw)
    if request.fix and not request.diff:
        fixed = outcome.fixed[0].after.source.raw if outcome.fixed else raw
        sys.stdout.buffer.write(fixed)
        sys.stdout.buffer.flush()
    return _report(request, outcome, catalogue)


def _report(request: Request, outcome: Outcome, catalogue: Catalogue) -> int:
    """Print all there is to say; the exit code."""
    from shapeguard.report import formats, summary
    from shapeguard.report.style import Style

    for line in summary.warnings(outcome):
        _print(line + "\n", err=True)
    # With --fix the program itself goes to standard output.
    err = request.stdin and request.fix and not request.diff
    style = Style(_colourful(sys.stderr if err else sys.stdout))
    people = request.output_format in ("text", "concise") and not request.quiet
    if request.diff:
        from shapeguard.report import diff

        for each in outcome.fixed:
            text = diff.render(each.before, each.after.source, style, not request.stdin)
            _print(text)
        if not request.quiet:
            _print(summary.would_fix(outcome), err=True)
        if outcome.problems:
            return outcome.exit_code()
        return 1 if any(each.changed for each in outcome.fixed) and not request.exit_zero else 0
    shown = formats.render(request.output_format, outcome, catalogue, request.unsafe_fixes, style)
    _print(shown, err)
    if people:
        if not (outcome.checked or outcome.problems):
            _print("warning: No Python files found under the given path(s)\n", err=True)
        _print(summary.render(outcome, request.fix, request.unsafe_fixes), err)
    code = outcome.exit_code()
    return 0 if request.exit_zero and code == 1 else code


@cli.command()
@click.argument("rule", metavar="CODE")
def explain(rule: str) -> None:
    """Show the page of a rule, by its code or its name."""
    info = _find(rule, Installed())
    if not sys.stdout.isatty():
        _print(info.page.rstrip("\n") + "\n")
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(info.page))


@cli.command()
@click.option("--output-format", type=click.Choice(("text", "json")), default="text")
def rules(output_format: str) -> None:
    """List the rules."""
    catalogue = Installed()
    infos = [catalogue.info(code) for code in catalogue.names()]
    if output_format == "json":
        import json

        shown = ("code", "name", "severity", "summary", "fix")
        listed = [
            {field: getattr(info, field) for field in shown} | {"url": catalogue.url(info.name)}
            for info in infos
        ]
        _print(json.dumps(listed, indent=2) + "\n")
        return
    width = max(len(info.name) for info in infos)
    for info in infos:
        fix = "" if info.fix == "none" else f" [{info.fix} fix]"
        _print(f"{info.code}  {info.name:{width}}  {info.severity:7}  {info.summary}{fix}\n")


def _find(rule: str, catalogue: Catalogue) -> RuleInfo:
    wanted = rule.strip()
    found = [c for c, name in catalogue.names().items() if wanted in (c, c.lower(), name)]
    if not found:
        _fail(f"no rule `{rule}`; `shapeguard rules` lists them")
    return catalogue.info(found[0])


def _progress(request: Request) -> Progress:
    """A bar on standard error, for long runs in a terminal."""
    from contextlib import AbstractContextManager, contextmanager, nullcontext

    @contextmanager
    def bar(programs: int) -> Any:
        from rich.console import Console
        from rich.progress import Progress as Bar

        # No thread that refreshes it: the analysis forks, and a fork may not happen beside one.
        with Bar(console=Console(stderr=True), transient=True, auto_refresh=False) as shown:
            task = shown.add_task("Analysing recurrent layers", total=programs)
            yield lambda: shown.update(task, advance=1, refresh=True)

    def progress(programs: int, size: int) -> AbstractContextManager[Callable[[], None]]:
        if request.quiet or size < LONG_RUN or not sys.stderr.isatty():
            return nullcontext(lambda: None)
        return bar(programs)

    return progress


def _colourful(stream: Any) -> bool:
    if os.environ.get("FORCE_COLOR"):
        return True
    return "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb" and stream.isatty()


def _print(text: str, err: bool = False) -> None:
    """Write text; what the stream cannot encode (a strange file name) is escaped."""
    stream = sys.stderr if err else sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def _fail(message: str) -> NoReturn:
    _print(f"error: {message}\n", err=True)
    sys.exit(2)


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point."""
    try:
        cli.main(args=None if arguments is None else list(arguments), prog_name="shapeguard")
    except OSError as error:
        _fail(" ".join(str(error).split()))
    except Exception as error:
        words = " ".join(f"{type(error).__name__}: {error}".split())
        _fail(f"internal error: {words}; please report this as a bug of shapeguard")
