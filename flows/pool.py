"""Pages on plain processes: one long-lived pool, and a lonely process for what killed a child of it."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, TimeoutError
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from flows.reading import DoneJob, PageJob, count_job, prepare_child, read_job
from ocr.fields.engine import EngineMissingError
from ocr.page import Unreadable

T = TypeVar("T")
_LOG = logging.getLogger(__name__)

PAGES_A_JOB = 8
_SECONDS_A_PAGE = 60.0
_DIED = "The page stopped the reader, so it was set aside. Scan it again, or look at the file by hand."
_SLOW = "The page took longer than {limit:.0f} s to read, so it was set aside. Scan it again at 200 to 300 dpi."


class PagePool:
    """A pool of page processes that survives the death of a child.

    `workers` processes are kept warm between chunks; `templates` is the folder of form designs, `lists` that of the
    lists that they name.
    """

    def __init__(
        self, workers: int, templates: Path, lists: Path | None = None, *, seconds_a_page: float = _SECONDS_A_PAGE
    ) -> None:
        self._workers, self._designs, self._seconds = workers, (templates, lists), seconds_a_page
        self._executor = _executor(workers)

    def read_each(self, jobs: Sequence[PageJob]) -> list[DoneJob]:
        """The readings of each job, in the order of the jobs; never raises for a hostile file."""
        done = self._each(read_job, [(job, *self._designs) for job in jobs], jobs)
        return [self._alone(job) if got is None else got for job, got in zip(jobs, done, strict=True)]

    def count_each(self, jobs: Sequence[PageJob]) -> list[int | Unreadable]:
        """How many pages each job's file has, counted in a child: opening alone may kill."""
        done = self._each(count_job, [(job,) for job in jobs], jobs)
        return [self._lonely(count_job, job, job) if got is None else got for job, got in zip(jobs, done, strict=True)]

    def _each(
        self, work: Callable[..., T], arguments: Sequence[tuple[Any, ...]], jobs: Sequence[PageJob]
    ) -> list[T | None]:
        limit = self._seconds * sum(max(len(job.pages), 1) for job in jobs)
        futures = [self._executor.submit(work, *given) for given in arguments]
        results = [_result(future, limit) for future in futures]
        if None in results:
            self._renew()
        return results

    def close(self) -> None:
        _stop(self._executor)

    def _renew(self) -> None:
        _stop(self._executor)
        self._executor = _executor(self._workers)

    def _alone(self, job: PageJob) -> DoneJob:
        # one page a process: the neighbours of the page that kills are read all the same
        pages: DoneJob = []
        for number in job.pages:
            one = replace(job, pages=(number,))
            got = self._lonely(read_job, one, one, *self._designs)
            pages.extend([got] if isinstance(got, Unreadable) else got)
        return pages

    def _lonely(self, work: Callable[..., T], job: PageJob, *given: Any) -> T | Unreadable:  # noqa: ANN401
        executor, number = _executor(1), job.pages[0] if job.pages else 0
        try:
            return executor.submit(work, *given).result(timeout=self._seconds)
        except TimeoutError:
            return Unreadable(job.sha256, number, "too-slow", _SLOW.format(limit=self._seconds))
        except EngineMissingError:
            raise
        except Exception as error:  # see _result
            _LOG.warning("Page %d of %s stopped the reader: %s", number, job.sha256[:8], type(error).__name__)
            return Unreadable(job.sha256, number, "reader-died", _DIED)
        finally:
            _stop(executor)


def _result(future: Future[T], limit: float) -> T | None:
    try:
        return future.result(timeout=limit)
    except EngineMissingError:
        raise
    except Exception as error:  # whatever a page does to the reader, its neighbours are read
        _LOG.warning("A job of pages did not come back (%s); its pages are read one by one.", type(error).__name__)
        return None


@contextmanager
def page_pool(workers: int, templates: Path, lists: Path | None = None) -> Iterator[PagePool]:
    """A page pool that is closed at the end."""
    pool = PagePool(workers, templates, lists)
    try:
        yield pool
    finally:
        pool.close()


def _executor(workers: int) -> ProcessPoolExecutor:
    # forkserver: a fork of a process with Prefect's threads could inherit a lock that nobody releases
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["flows.reading", "ocr.reader"])
    return ProcessPoolExecutor(workers, mp_context=context, initializer=prepare_child)


def _stop(executor: ProcessPoolExecutor) -> None:
    # a child that hangs in native code would be waited for without end
    for child in list((executor._processes or {}).values()):
        child.kill()
    executor.shutdown(wait=False, cancel_futures=True)
