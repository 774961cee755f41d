"""A run: read, sieve, analyse, suppress, fix."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapeguard.lint.catalogue import UNUSED_IGNORE, UNUSED_NAME, Catalogue, Installed
from shapeguard.lint.config import Settings
from shapeguard.lint.diagnostic import Analysis, Diagnostic
from shapeguard.lint.files import Found, Problem, read_bytes, reason
from shapeguard.lint.fix import Fixed, Reading, applicable, fix_source, write_file
from shapeguard.lint.outcome import Outcome
from shapeguard.lint.pool import Analyses, Analyze, Job, guarded
from shapeguard.lint.project import Project
from shapeguard.lint.selection import Selection, enabled, matches
from shapeguard.lint.sieve import complaint, may_suppress, may_use_layers, uses_layers
from shapeguard.lint.source import Along, Program, Source, SourceError, read_source
from shapeguard.lint.timings import CLOCK

if TYPE_CHECKING:
    from shapeguard.lint.cache import Cache

_NOTHING = Selection()

Progress = Callable[[int, int], AbstractContextManager[Callable[[], None]]]
"""Told how many programs and characters to analyse, gives what to call as each is done."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for. `fix` makes fixes; `write` puts them on disk.

    `folders` are those that the check was asked for: files in them are read along."""

    fix: bool = False
    unsafe: bool = False
    write: bool = False
    cache: bool = True
    report_unused: bool = False
    selection: Selection = _NOTHING
    processes: int | None = None
    folders: tuple[str, ...] = ()


def installed_analysis(program: Program, select: frozenset[str]) -> Analysis:
    """The analysis of this installation, imported at the first program that needs it."""
    from shapeguard.lint.analyze import analyze

    return analyze(program, select)


@dataclass(slots=True)
class _Candidate:
    """A file that gets past the sieve; without layers, only its comments are looked at."""

    found: Found
    source: Source
    layers: bool
    analysis: Analysis
    along: Along | None = None

    def program(self, source: Source) -> Program:
        """The program in it, or in what fixes made of it, with what is read along."""
        return replace(source.program, along=self.along)


def _measured(candidates: Iterator[_Candidate]) -> Iterator[_Candidate]:
    """The same, with the time that it takes to find them counted."""
    while True:
        with CLOCK.measure("read"):
            found = next(candidates, None)
        if found is None:
            return
        yield found


class Engine:
    """Checks files. Whatever it prints or asks is handed in."""

    def __init__(
        self,
        options: Options = Options(),
        analyze: Analyze = installed_analysis,
        catalogue: Catalogue | None = None,
        progress: Progress = lambda programs, size: nullcontext(lambda: None),
    ) -> None:
        self._options = options
        self._analyze = analyze
        self._catalogue = catalogue or Installed()
        self._progress = progress
        self._selected: dict[tuple[int, tuple[str, ...]], frozenset[str]] = {}
        # By identity, which holds as long as the settings are kept here.
        self._known: dict[int, tuple[Settings, bool]] = {}
        self._caches: dict[str, Cache] = {}
        self._project = Project(options.folders)

    def check(
        self, entries: Iterable[Found | Problem], read: Callable[[str], bytes] = read_bytes
    ) -> Outcome:
        """Check the files found, reading each once; SelectionError for an unknown rule."""
        if self._options.selection != _NOTHING:
            self._options.selection.check(self._catalogue.names())
        outcome = Outcome()
        candidates: list[_Candidate] = []
        analyses = Analyses(self._analyze, self._options.processes)
        missing: list[_Candidate] = []
        try:
            for candidate in _measured(self._sift(entries, read, outcome)):
                candidates.append(candidate)
                if candidate.layers and not self._remember(candidate):
                    missing.append(candidate)
                    analyses.add(self._job(candidate))
            if missing:
                self._analyse(missing, analyses)
        finally:
            analyses.close()
        with CLOCK.measure("report"):
            for each in candidates:
                self._conclude(each, outcome)
        return outcome

    def _sift(
        self,
        entries: Iterable[Found | Problem],
        read: Callable[[str], bytes],
        outcome: Outcome,
    ) -> Iterator[_Candidate]:
        """Read all files and count them; the few that need more than that come back."""
        for entry in entries:
            if isinstance(entry, Problem):
                outcome.problems.append(entry)
                continue
            comments = self._reads_comments(entry.settings)
            try:
                raw = read(entry.path)
                notebook = entry.path.endswith(".ipynb")
                layers = may_use_layers(raw, notebook)
                if layers or (comments and may_suppress(raw)):
                    source = read_source(raw, entry.path)
                    layers = layers and uses_layers(source.program)
                    if layers or comments:
                        around = self._project.along(entry, raw) if layers else None
                        yield _Candidate(entry, source, layers, Analysis(), around)
                else:
                    trouble = complaint(raw, notebook)
                    if trouble is not None:
                        raise SourceError(trouble)
            except (OSError, SourceError) as error:
                words = reason(error) if isinstance(error, OSError) else str(error)
                outcome.problems.append(Problem(entry.path, words))
                continue
            outcome.checked += 1
            outcome.recurrent += layers

    def _job(self, each: _Candidate) -> Job:
        return Job(each.program(each.source), self._select(each.found) - {UNUSED_IGNORE})

    def _remember(self, each: _Candidate) -> bool:
        """Take the analysis from the cache; whether it was there."""
        if not self._options.cache:
            return False
        job = self._job(each)
        kept = self._cache(each.found).get(job.program, job.select)
        if kept is not None:
            each.analysis = kept
        return kept is not None

    def _cache(self, found: Found) -> Cache:
        root = found.settings.root
        if root not in self._caches:
            from shapeguard.lint.cache import Cache

            self._caches[root] = Cache(root)
        return self._caches[root]

    def _analyse(self, candidates: list[_Candidate], analyses: Analyses) -> None:
        """Fill in the analyses that the cache does not have."""
        with self._progress(len(analyses), analyses.size) as advance:
            results = analyses.finish(advance)
        for each, analysis in zip(candidates, results, strict=True):
            each.analysis = analysis
            if self._options.cache and analysis.error is None:
                job = self._job(each)
                self._cache(each.found).put(job.program, job.select, analysis)

    def _conclude(self, each: _Candidate, outcome: Outcome) -> None:
        """Suppress, fix, and add to the outcome."""
        path = each.found.path
        if each.analysis.error is not None:
            outcome.problems.append(Problem(path, each.analysis.error))
            outcome.checked -= 1
            outcome.recurrent -= 1
            return
        outcome.skipped += ((path, cell) for cell in each.analysis.skipped)
        select = self._select(each.found)
        reading = self._reading(each.source, each.analysis, select)
        unsafe = self._options.unsafe
        if self._options.fix and any(applicable(d.fix, unsafe) for d in reading.diagnostics):
            fixed = fix_source(reading, lambda source: self._read(source, select, each), unsafe)
            if self._write(path, fixed, outcome):
                outcome.fixed.append(fixed)
                reading = fixed.after
        if reading.diagnostics:
            outcome.findings += reading.diagnostics
            outcome.sources[path] = reading.source

    def _read(self, source: Source, select: frozenset[str], each: _Candidate) -> Reading:
        job = Job(each.program(source), select - {UNUSED_IGNORE})
        analysis = guarded(job, self._analyze) if each.layers else Analysis()
        return self._reading(source, analysis, select)

    def _reading(self, source: Source, analysis: Analysis, select: frozenset[str]) -> Reading:
        """What is left of an analysis once comments have had their say."""
        wanted = UNUSED_IGNORE in select
        found = [each for each in analysis.diagnostics if each.code in select]
        if not found and not wanted:
            return Reading(source, analysis, ())
        from shapeguard.lint.suppress import Suppressions

        suppressions = Suppressions(source.program)
        kept: list[Diagnostic] = suppressions.kept(found)
        if wanted:
            kept += suppressions.kept(suppressions.unused(self._catalogue.names(), select))
        kept.sort(key=lambda diagnostic: diagnostic.sort_key)
        return Reading(source, analysis, tuple(kept))

    def _write(self, path: str, fixed: Fixed, outcome: Outcome) -> bool:
        """Put the result on disk if that is asked for; whether the fixes stand."""
        if self._options.write and fixed.changed:
            try:
                write_file(path, fixed.before.raw, fixed.after.source.raw)
            except OSError as error:
                outcome.problems.append(Problem(path, f"not fixed: {reason(error)}"))
                return False
        return True

    def _select(self, found: Found) -> frozenset[str]:
        """The rules that are on for a file."""
        ignored = found.settings.ignored_in(found.path)
        key = (id(found.settings), ignored)
        if key not in self._selected:
            layers = [found.settings.selection, self._options.selection]
            if self._options.report_unused:
                layers.append(Selection(extend_select=(UNUSED_IGNORE,)))
            layers.append(Selection(ignore=ignored))
            names = self._catalogue.names()
            self._selected[key] = enabled(layers, names, self._catalogue.defaults)
        return self._selected[key]

    def _reads_comments(self, settings: Settings) -> bool:
        """Whether unused suppressions may be reported; checks settings not seen before."""
        known = self._known.get(id(settings))
        if known is None:
            for selection in settings.all_selections:
                if selection.selectors:
                    selection.check(self._catalogue.names())
            selectors = (*settings.selection.selectors, *self._options.selection.selectors)
            comments = self._options.report_unused or any(
                UNUSED_IGNORE in matches(each, {UNUSED_IGNORE: UNUSED_NAME}) for each in selectors
            )
            known = self._known[id(settings)] = (settings, comments)
        return known[1]
