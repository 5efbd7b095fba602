"""``python -m callcontrol.prompts.speak_one TEXT_FILE LANGUAGE OUT [COMMAND]``: speaks one text, in a process of its own, so that
the calls of a controller do not wait for it."""

from __future__ import annotations

import sys
from pathlib import Path

from callcontrol.prompts.voice import Program, VoiceError


def main(arguments: list[str]) -> int:
    source, language, out, *command = arguments
    voice = Program(command[0]) if command and command[0] else Program()
    try:
        if missing := voice.missing():
            raise VoiceError(missing)
        voice.speak(Path(source).read_text("utf-8"), language, Path(out))
    except (VoiceError, OSError) as error:
        print(str(error)[:500])
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
