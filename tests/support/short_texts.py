"""Short texts in many languages and encodings, plain ones and ones with a foreign name in them."""

from collections.abc import Iterator
from random import Random

from tests.support.sentences import ENCODINGS, SENTENCES

MORE = {
    "German": "Bitte prüfen Sie die Rechnung und überweisen Sie den Betrag bis zum Ende der Woche auf unser Konto.",
    "French": "Le dossier a été envoyé par la poste et sera reçu dans les prochains jours, avec une clé et un reçu.",
    "Spanish": "El informe estará listo mañana por la tarde en la oficina. ¿Dónde está la llave de la puerta?",
    "Portuguese": "O relatório será enviado amanhã para a direção da empresa, mas não há informações sobre o preço.",
    "Italian": "La società non ha ancora pagato la fattura perché il conto è chiuso, e il caffè è già finito.",
    "Swedish": "Vi kan inte komma till mötet på fredag, men det går bra på måndag och räkningen ska betalas då.",
    "Danish": "Vi kan ikke komme til mødet på fredag, men det går fint på mandag, og regningen skal betales før.",
    "Norwegian": "Vi kan ikke komme til møtet på fredag, men det går bra på mandag etter lunsj, og døren er åpen.",
    "Finnish": "Se on hyvä päivä, mutta hän ei ole vielä täällä, ja työ on kesken, kun sää oli niin kylmä.",
    "Dutch": "De financiële gegevens van het bedrijf zijn door de coördinator naar de overkant van de zee gestuurd.",
    "English": "The café on the corner of the street is closed, and a naïve guest has been waiting for it to open.",
    "Polish": "Proszę przesłać dokumenty do biura, ponieważ nie są jeszcze gotowe i czekają na podpis od wczoraj.",
    "Czech": "Prosím pošlete dokumenty do kanceláře, protože ještě nejsou hotové a čekají na podpis od včerejška.",
    "Hungarian": "Kérjük, hogy a számlát a hét végéig fizesse be, mert a határidő nem hosszabbítható meg.",
    "Turkish": "Bu belge için bir imza gerekiyor, ama müdür bugün ofiste değil ve yarın öğleden sonra gelecek.",
}
NAMES = (
    "Dubček",
    "Gdańsk",
    "Łódź",
    "Dvořák",
    "Erdoğan",
    "Ştefan",
    "Björn",
    "Genève",
    "São",
    "Øystein",
    "Škoda",
    "Çelik",
)
USUAL = {**ENCODINGS, **dict.fromkeys(("Danish", "Norwegian", "Finnish", "Dutch", "English"), ("cp1252", "cp850"))}
WESTERN = (
    "German",
    "French",
    "Spanish",
    "Portuguese",
    "Italian",
    "Swedish",
    "Danish",
    "Norwegian",
    "Finnish",
    "English",
)
_OTHERS = ("cp1252", "cp1250", "iso8859-2", "cp850", "cp852", "mac-roman", "cp1254", "cp1257")


def plain(chance: Random, language: str) -> Iterator[tuple[str, str]]:
    """Parts of sentences of a language, three words and longer, each with an encoding."""
    for sentence in (SENTENCES.get(language, ""), MORE[language]):
        words = sentence.split()
        for size in (3, 5, 8, 12, 30) if words else ():
            for _ in range(3):
                start = chance.randrange(max(1, len(words) - size + 1))
                for encoding in USUAL[language]:
                    yield " ".join(words[start : start + size]), encoding


def named(chance: Random, language: str) -> Iterator[tuple[str, str]]:
    """Sentences of a language with a name of another one, each with an encoding that has the letters of both."""
    for name in NAMES:
        words = MORE[language].split()
        words.insert(chance.randrange(len(words)), name)
        for encoding in _OTHERS:
            yield " ".join(words), encoding
