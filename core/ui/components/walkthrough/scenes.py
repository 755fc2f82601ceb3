"""What each scene says, in plain and in technical words. What came out is never written here: it is read and told."""

from dataclasses import dataclass
from typing import Literal

Wording = Literal["plain", "technical"]


@dataclass(frozen=True, slots=True)
class Scene:
    """One step of the story. `dialogue` names the folder of the shipped dialogue that it shows."""

    title: str
    plain: str
    technical: str
    dialogue: str = "call_meg"

    def tell(self, wording: Wording) -> str:
        """The text in these words."""
        return self.plain if wording == "plain" else self.technical


REQUEST = Scene(
    "A question, and the work hidden under it",
    "Somebody wants to call Meg. There are two of them, so the assistant asks back, and the answer is one short, rare "
    "word. Press play and listen. While the assistant is speaking, the system works out what might be said next: the "
    "names that fit its question. It is done before the question has been asked to its end, so nobody waits for it.",
    "The first turn is recognised without context. Two contacts fit, so the reply carries two directives, Speak and "
    "ExpectSpeech. The write of expect-speech gives back the whole entry, and that starts the computation in a process "
    "of its own: the sealed items are opened, the last rounds become a context vector, and the items are ranked by "
    "their cosine to it. The other writes start nothing, and a turn that asks nothing is discarded.",
)
SAME_AUDIO = Scene(
    "The same recording, twice",
    "One recording of the answer, heard twice by the same recogniser. The one difference: the second time it knows "
    "what was asked.",
    "The clip is encoded once and decoded without the bias list and with it. Model, beam and audio are the same. Had "
    "the context been late or failed, the text without context would have been taken.",
)
NO_HELP = Scene(
    "Where context does not help",
    "Now the answer is a name that is in no list. Context can only suggest what somebody has stored, so a stranger's "
    "name stays as hard to hear as it was.",
    "The name said is not among the context items, so no hotword can support it. Only texts that hold a word of the "
    "context are weighed against the plain one, and none of them sounds like what was said.",
    "name_not_known",
)
MUST_NOT_ACT = Scene(
    "Where context must not act",
    "The same voice and the same question, but the answer is the ordinary word “power”. A system that hears names "
    "everywhere would call Meg Bauer now.",
    "A sound-alike: the same bias list as before, and a word that is close in sound to its first hotword. The text "
    "without context has to stand.",
    "power_said",
)
ONE_VOICE = Scene(
    "Only the one who asked",
    "Somebody else is talking when the request comes. A device that listens to everybody understands neither. The wake "
    "word tells whose request it is: what another voice says before or after it is left out.",
    "Anchored speech: the stretch of the wake word is embedded by a speaker model and held against every stretch "
    "between two pauses. What is clearly another's is cut out, who speaks at the same time is made quieter by a small "
    "network, and the rest is recognised again. Where the evidence is weak, nothing is done.",
    "other_voice",
)
FORGOTTEN = Scene(
    "How it is forgotten",
    "What happened stands on the left, what was said on the right: locked, and unreadable without its key. After a few "
    "minutes, or at one press, both are deleted.",
    "Two tables: events hold types and references, context_data holds items sealed with AES-256-GCM under a data key "
    "of the interaction, which a root key wraps inside the events entry. The expiry is set once and never moves. "
    "Forgetting deletes the entry and with it the only key.",
)
SCENES = (REQUEST, SAME_AUDIO, NO_HELP, MUST_NOT_ACT, ONE_VOICE, FORGOTTEN)
