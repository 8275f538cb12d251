"""Work that goes on after the reply: `@asynctask`. See docs/tasks.md."""

__all__: list[str] = []
