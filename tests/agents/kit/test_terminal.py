"""Events as lines for people: on a terminal, and where there is none."""

import io
import re
import threading

from agents.base import AgentContext, Usage
from agents.kit.terminal import Terminal, one_line


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def watched(out: io.StringIO) -> tuple[AgentContext, Terminal]:
    terminal = Terminal(out)
    return AgentContext(emit=terminal.emit), terminal


def without_times(out: io.StringIO) -> str:
    return re.sub(r"(?m)^ *\d+\.\d{3}", "T", out.getvalue())


def test_elsewhere_each_event_is_a_line() -> None:
    context, terminal = watched(out := io.StringIO())
    context.log("reading", rows=3, name="Grüße")
    context.log("odd", level="warning")
    context.progress(0.5, "half")
    context.usage(Usage(model="m", input_tokens=1))
    terminal.say("completed")
    assert without_times(out).splitlines() == [
        'T  info      reading  rows=3  name="Grüße"',
        "T  warning   odd",
        "T  progress   50%  half",
        'T  usage     model="m"  input_tokens=1  output_tokens=0',
        "completed",
    ]


def test_tokens_stream_and_the_next_event_begins_a_line() -> None:
    context, terminal = watched(out := io.StringIO())
    for text in ("Hel", "lo", ""):
        context.token(text)
    context.log("asked")
    context.token("bye\n")
    terminal.say("completed")
    assert without_times(out) == "Hello\nT  info      asked\nbye\ncompleted\n"


def test_on_a_terminal_progress_is_a_bar_that_stays_below_the_log() -> None:
    context, terminal = watched(out := Tty())
    context.progress(0.25, "a quarter")
    assert out.getvalue() == "[######..................]  25%  a quarter"
    context.log("going on")
    assert out.getvalue().endswith("going on\n[######..................]  25%  a quarter")
    context.progress(1)
    terminal.say("completed")
    assert out.getvalue().endswith("[########################] 100%  \r\x1b[Kcompleted\n")


def test_tokens_take_the_place_of_the_bar() -> None:
    context, _ = watched(out := Tty())
    context.progress(0.5)
    context.token("Hi")
    assert out.getvalue().endswith("\r\x1b[KHi")


def test_what_a_terminal_would_obey_is_not_passed_on() -> None:
    context, terminal = watched(out := io.StringIO())
    context.log("\x1b[2Jcleared\u202e", key="\x1b[31m")
    context.token("\x1b]0;title\x07")
    context.progress(0.1, "a\x9bb\nc")
    terminal.say("done")
    assert "\x1b" not in out.getvalue()
    assert "\x9b" not in out.getvalue()
    assert "\u202e" not in out.getvalue()
    assert one_line("a\n\tb\x00") == "a b�"


def test_a_message_of_several_lines_is_indented_and_unknown_kinds_are_shown() -> None:
    terminal = Terminal(out := io.StringIO())
    terminal.emit("log", {"level": "info", "message": "a\nb", "data": {"when": {1}}})
    terminal.emit("checkpoint", {"step": "two", "of": None})
    assert without_times(out) == (
        f'T  info      a\n{" " * 20}b  when="{{1}}"\nT  checkpoi  step="two"\n'
    )


def test_events_of_several_threads_do_not_mix() -> None:
    context, _ = watched(out := io.StringIO())
    threads = [
        threading.Thread(target=lambda: [context.log("x" * 200) for _ in range(50)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {line[8:] for line in out.getvalue().splitlines()} == {f"  {'info':8}  {'x' * 200}"}
