"""Guarded work: whatever touches store or files runs in a thread, and its failure becomes a dialog."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, TypeVar

from textual.app import App
from textual.dom import DOMNode
from textual.worker import Worker, WorkerState, get_current_worker

from usagebill_tui.tui.desk import Desk

if TYPE_CHECKING:
    from usagebill_tui.workspace import Workspace

T = TypeVar("T")


class Guarded(DOMNode):
    """Mixed into screens and widgets: `work` asks the workspace, in a thread, and hands back the answer."""

    @property
    def desk(self) -> Desk:
        """Return the desk of the application that this is part of."""
        desk: Desk = self.app.desk  # type: ignore[attr-defined] # every app here has one; tests bring their own
        return desk

    def work(
        self,
        what: "Callable[[Workspace], T]",
        then: Callable[[T], object],
        *,
        group: str = "load",
        failed: Callable[[Exception], object] | None = None,
    ) -> Worker[None]:
        """Call `what` with the workspace in a thread, then `then` with its result on the screen.

        Newer work of a group takes the place of older. What goes wrong is shown as a dialog, unless
        `failed` takes it.
        """
        work = partial(self._work, what, then, failed or self._show)
        return self.run_worker(work, group=group, exclusive=True, thread=True, exit_on_error=False)

    def _work(
        self,
        what: "Callable[[Workspace], T]",
        then: Callable[[T], object],
        failed: Callable[[Exception], object],
    ) -> None:
        worker = get_current_worker()
        try:
            with self.desk.using() as workspace:
                result = what(workspace)
        except Exception as error:  # noqa: BLE001 - whatever it is, the user sees it and the app lives on
            back, answer = failed, error
        else:
            back, answer = then, result  # type: ignore[assignment] # one of the two pairs
        if not worker.is_cancelled:
            # The application may be gone by now; there is nobody to tell then.
            with suppress(RuntimeError):
                deliver: Callable[..., bool | Awaitable[bool]] = self._deliver
                self.app.call_from_thread(deliver, back, answer)

    async def _deliver(self, back: Callable[[Any], object], answer: Any) -> bool:
        """Hand the answer to the screen; tell whether it was still there."""
        if self._is_gone():
            return False
        try:
            shown = back(answer)
            if isawaitable(shown):
                await shown
        except Exception as error:  # noqa: BLE001 - likewise
            if self._is_gone():
                return False
            self._show(error)
        return True

    def _is_gone(self) -> bool:
        """Tell whether this was taken off the screen, or is being taken, some of its parts gone already."""
        return not self.is_attached or any(node._pruning for node in self.ancestors_with_self)  # noqa: SLF001 - Textual tells it nowhere else

    def _show(self, error: Exception) -> None:
        show_error(self.app, error)


def show_error(app: App[Any], error: Exception) -> None:
    """Show what went wrong, where, and how to mend it; once, where several parts of a screen fail alike."""
    from usagebill_tui.tui.dialogs.error import ErrorDialog

    front = app.screen
    if isinstance(front, ErrorDialog) and front.tells(error):
        return
    app.push_screen(ErrorDialog(error))


def is_running(worker: Worker[Any] | None) -> bool:
    """Tell whether some work is still under way."""
    return worker is not None and worker.state in {WorkerState.PENDING, WorkerState.RUNNING}
