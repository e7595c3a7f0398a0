"""How much was used within a stretch of time: what venues count requests with."""


class Window:
    """A counter that starts anew with every `length_ms` of the clock."""

    __slots__ = ("_index", "length_ms", "used")

    def __init__(self, length_ms: int) -> None:
        self.length_ms = length_ms
        self.used = 0
        self._index = -1

    def at(self, now_ms: int) -> int:
        """What has been used in the window of `now_ms`."""
        index = now_ms // self.length_ms
        if index != self._index:
            self._index = index
            self.used = 0
        return self.used

    def spend(self, amount: int, most: int, now_ms: int) -> bool:
        """Use `amount` unless that makes more than `most`; whether it was used."""
        used = self.at(now_ms)
        if used + amount > most:
            return False
        self.used = used + amount
        return True

    def seconds_left(self, now_ms: int) -> int:
        """Until the next window, rounded up."""
        return -(-(self.length_ms - now_ms % self.length_ms) // 1000)
