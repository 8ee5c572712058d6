"""Marks in the words around an override: of people and their papers, and of a model.

Invariants: data only, written against the folded view.
"""

import re

MACHINE = re.compile(
    r"\b(?:system|hidden|initial|original|secret|above|previous|pre-?)[ -]?prompts?|\b(?:your|these"
    r"|my) (?:\w+ )?(?:prompt|programming"
    r"|training|guidelines|restrictions|constraints|directives|rules|limits|policies)\b"
    r"|\byour (?:\w+ ){0,3}instructions"
    r"|\b(?:ai|a\.i\.|llms?|gpt\w*|chatgpt|chatbots?|bots?|assistants?|language models?|copilot|claude|gemini"
    r"|jailbreak\w*"
    r"|developer mode|system messages?|guardrails?|personas?|unrestricted|uncensored|conversation|chat history)\b"
    r"|\b(?:you|we|i) (?:were|was|have been|had been|'ve been|have) (?:\w+ )?(?:given|told|instructed|programmed"
    r"|trained)\b"
    r"|\b(?:ki|ia|ii|sprachmodell\w*|systemprompt\w*|taalmodel\w*|modelo de l\w+|modele de langage|yapay zeka)\b"
    r"|промпт|нейросет|языков\w+ модел|提示词|提示詞|系统|系統|语言模型|プロンプト|システム|프롬프트|시스템"
    r"|النظام|प्रॉम्प्ट|सिस्टम|প্রম্পট|সিস্টেম"
)
"""Things that only a model has."""
OUTPUT = re.compile(
    r"(?:^|\b(?:and|then|instead|just|only|now|please|must|to)\b|[,;:.!\n>\"'-])\s{0,3}(?:(?:and|then|instead|just"
    r"|only"
    r"|now|please|simply|also|you must|you should|you will|i want you to|always)[\s,]+){0,3}"
    r"(?:say|print|output|reply|respond|answer|reveal|repeat|tell|state|claim|report that|pretend|act as"
    r"|become|write"
    r"|generate|translate|execute|recommend|rate|display|show|summari[sz]e|give me|send|post|echo|append"
    r"|you are|do anything|obey|spell|dump|leak|insert|include|praise|mention|conclude|approve|classify|create"
    r"|dis |di |decid|decir|diga|gib |sag |sage|antwort|schreib|zeig|reponds|dites|affiche|montre|ecri[st]"
    r"|responde?"
    r"|muestra|escrib|rispondi|scrivi|mostra|responda|escreva|mostre|antwoord|schrijf|toon|odpowi|napisz|pokaz"
    r"|yanitla"
    r"|goster|yaz|jawab|tulis|tampilkan|tra loi|viet|hien thi)\w*\b"
    r"|(?:ответь|отвечай|напиши|скажи|выведи|покажи|输出|輸出|回答|说|說|打印|显示|写|答え|出力|表示|書い|言っ"
    r"|출력|답|말하|쓰"
    r"|보여|اكتب|أجب|اجب|قل|اعرض|اطبع|أظهر|बता|लिख|उत्तर|दिखा|কহ|বলো|লেখো|লিখ|দেখা|উত্তর)"
)
"""An order about what a model puts out, which follows the override."""

MODAL = re.compile(
    r"\b(?:must|shall|should|may|might|can|could|will|would|cannot|needs? to|ha(?:ve|s) to|(?:is|are|was|were"
    r"|be) (?:\w+ )?"
    r"to|ought to|(?:told|tells?|tell|ordered|orders?|asked|asks?|advised|advises?|instructed|allowed|free"
    r"|entitled|required"
    r"|urged?|expected) (?:(?!you\b)[\w']+ ){0,3}to|deben?|deberan|doivent|doit|mussen|muss|sollen|sollten|soll"
    r"|devem?"
    r"|devono|deve|dovrebbero|moeten|moet|powinn\w+|maja|musza|следует|долж\w+|phai|nen|harus|perlu)"
    r"\s+(?:\w+ly\s+|nicht\s+)?$|(?<![你您])(?:应该|应当|应|须|應)$|على ال\S+ (?:\S+ )?$"
)
"""A verb of duty or a report before the override: somebody else is its subject."""
STATED = re.compile(
    r"(?:^|[\s(])(?:ce|cet|cette|esta|este|questa|questo|dieser?|dieses|deze|dit|der|die|das|ein|eine|er|es|le|la"
    r"|les|il|elle|el|los|las|un|una|o|os|lo|gli|i|de|het)\s\w{3,}\s$"
)
"""An article and a noun directly before a verb of another language: a statement about somebody, not an order."""
SECOND_PERSON = re.compile(r"\b(?:you|du|sie|vous|tu|usted|voce|lei|je|ty|вы|ты|ban|anda|kamu)\W{1,3}\w*\W?$")
"""The reader is the subject."""
NEGATED = re.compile(
    r"(?:\b(?:no|ne|n'|nao|non|niet|nie|nicht|never|not|don't|dont|jangan|dung|khong duoc|cannot|nunca|jamais"
    r"|niemals|nigdy"
    r"|neither|nor)|не|нельзя|никогда не|不要|别|別|请勿|切勿|不得|لا|ولا|لا ت|मत|ন)[\s']*$"
)
"""The override is forbidden."""
NEGATED_AFTER = re.compile(
    r"^\w{0,4}(?:せず|しない|してはいけ|ないで|하지\s?마|하지\s?않|지\s?말|mayin|meyin|mamali|memeli"
    r"|ma(?:yi)?niz\b| ?না\b| ?না।"
    r"| ?যাবেন না| ?করবেন না| ?न करें| ?न करे| ?मत )"
)
"""The override is forbidden, in languages that negate behind the verb."""
NEGATED_INSIDE = re.compile(
    r"^(?:vergeet|vergiss|vergessen|vergesst|oublie\w*|ignor\w*|negeer|forget) (?:sie )?(?:niet|nicht|pas|not)\b"
    r"|(?:न|मत|ना) (?:भूल|अनदेख|नज)|করবেন না|যাবেন না"
)
CONDITION = re.compile(
    r"(?:^\s*|[.!?\n>|*-]\s*)(?:if|when|in case|in an?|in the event|once|unless|upon|during|after|falls|wenn|bei"
    r"|im|en cas"
    r"|si|em caso|in caso|als|jesli|w razie|в случае|при|如遇|若|如果)\s(?!you\b|asked\b|the user|an? (?:ai"
    r"|llm)|this\b)"
    r"[^.!?\n]{2,70}[,;: ]\s*(?:please\s+)?$"
)
"""A condition of the world of people opens the sentence."""
_PAPER = (
    r"(?:e-?mails?|mails?|letters?|messages?|notes?|invoices?|bills?|attachments?|notifications?|reminders?"
    r"|notices?|announcements?|quotes?|offers?"
    r"|orders?|wills?|agreements?|contracts?|drafts?|versions?|settings?|defaults?|errors?|warnings?|polls?|charts?"
    r"|posts?|link|file|bug|ticket|version|schedule|plan|label|rumou?rs?|comments?|exercises?|chapters?|sections?"
    r"|pages?"
    r"|nachricht|mitteilung|rechnung|durchsagen?|mensaje|correo|factura|avisos?|mensagem|boleto|fatura|messaggio"
    r"|fattura|annunci|courrier|courriel|facture|annonces?|bericht|factuur|wiadomosc|faktur\w*|сообщени\w+|письмо"
    r"|счет"
    r"|邮件|郵件|广播|订单|訂單|通知|メール|お知らせ|메일|이메일|공지|رسالت\w*|الرسالة|البريد|فاتور\w+"
    r"|الفاتور\w+|إشعار|الإشعار|संदेश|ईमेल"
    r"|বার্তা|mesaj\w*|fatura\w*"
    r"|tin nhan|pesan|email)"
)
PAPERS = re.compile(rf"\b{_PAPER}\b|{_PAPER}")
"""Objects of people."""
INSTRUCTION = re.compile(
    r"instru|prompt|direct|command|guid|rule|anweis|anleit|vorgab|befehl|regel|consign|ordre|regl|indica"
    r"|reglas|orden"
    r"|diretri|orient|regr|istruz|regole|opdracht|aanwijz|polece|wytycz|zasad|инструк|указан|команд|правил|指"
    r"|规则|命令|提示"
    r"|ルール|지시|지침|명령|규칙|تعليم|قواعد|أوامر|निर्देश|नियम|নির্দেশ|নিয়ম|talimat|kural|komut|huong dan"
    r"|chi dan|quy tac"
    r"|petunjuk"
    r"|aturan|perintah|instruk|dir[ei]ttiv|told|said|given"
)
"""Objects that both a person and a model can be given."""
TOPIC = re.compile(
    r"\b(?:previous|prior|preceding|earlier|above|former|old|older|existing|original|current|all|any)\s+(?:(?:the"
    r"|of|all"
    r"|any|our|and)\s+)*(?!(?:system|user|developer|hidden|given|safety|security|chat|conversation|conversational"
    r"|prompt"
    r"|ai|assistant|model|initial|original|internal|default|ethical|moral|content|secret|confidential|prior"
    r"|previous"
    r"|earlier|above|existing|other|such|of|the|your|these|those|that|which|and|or|set|written|base|basic|core|main"
    r"|harmful|restrictive|programmed|custom|admin|operator|openai|safe|behaviou?ral|possible|relevant|conflicting"
    r"|contradictory|related|instructions?|directions?|directives?|rules?|guidelines?|guidance|prompts?|commands?"
    r"|orders?"
    r"|constraints?|restrictions?|programming|training|polic(?:y|ies)|context|texts?|messages?|conversations?"
    r"|tasks?"
    r"|inputs?|content|information|history|safeguards?|limitations?|data|questions?|requests?|documents?|lines?"
    r"|words?"
    r"|statements?|everything|steps?)\b)[a-z]{3,}\b(?=\s+\w+\s*$|\s+\w+\W*$)"
)
"""A noun between "previous" and "instructions" that names their matter."""
TOPIC_OTHER = re.compile(
    r"(?:instru\w+|consigne\w*|indica\w+|orienta\w+|istruzion\w+|regole|reglas|regras|regles) d(?:e|i|el|u|o|a|es"
    r"|ei)[ '"
    r"](?!sistem|syst|segur|secur|sicur|usua|utilis|utent|desarro|develop|prompt|ia\b)\w{4,}"
    r"|(?!\b(?:system|sicherheits|grund|verhaltens|benutzer|entwickler))\b\w{4,}(?:anweisung|anleitung"
    r"|vorschrift)\w*"
    r"|\w+(?:instructies|aanwijzingen)\b|doz\w* (?:talimat|yonerge)|kullanim talimat|huong dan (?!truoc|o tren"
    r"|he thong)\w+ \w+"
    r"|petunjuk (?!sebelum|di atas|sistem|tersebut)\w+|(?:用药|安装|使用|操作|配送|安全|剂量|发货)(?:说明|指示"
    r"|指南|要求)"
    r"|(?:服用|取扱|使用|安全|操作|配送)(?:指示|説明|命令)|(?:복용|사용|안전|배송|조립) ?(?:지침|설명|안내)"
    r"|تعليمات (?!النظام|السابق|المطور)\S+"
    r"|(?:खुराक|दवा|सुरक्षा|उपयोग)\S* (?:के |की )?(?:\S+ )?निर्देश|(?:মাত্রা|ওষুধ|নিরাপত্তা"
    r"|ব্যবহার)\S* (?:\S+ )?নির্দেশ"
    r"|инструкци\w+ по \w+|указани\w+ (?:по|о) \w+|правил\w* безопасности|команд\w* тренера|zasad\w* bezpiecz\w+"
    r"|про все проблемы"
)
"""The matter of instructions in other languages."""
ABOUT = re.compile(
    r"^\W{0,2}(?:about|on|for|regarding|concerning|in|relat(?:ed|ing) to)\s+(?!how|what|this|these"
    r"|(?:the )?(?:user|ai|prompt|system|safety|security"
    r"|content|ethic|polic|privacy|disclos|reveal|refus|harm|secret|confidential|output|answer|respon|context"
    r"|chat)|now|you|my"
    r"|not|all|favou?r|order)(?:the |an? )?\w{3,}"
    r"|^\W{0,2}(?:fur|zum|sobre|pour|para|per|voor|dla|для)\s(?!dich|dein|toi|ton|te|tu|voce|sua|seu|ti|ia|la ia|ki"
    r"|die ki"
    r"|jou|ciebie|teb|sicher|secur|segur)\w{3,}"
)
"""The matter of instructions, said behind them."""
EXERCISE = re.compile(r"\b(?:tasks?|questions?|exercises?|steps?)\b")
"""Parts of an exercise."""
SPEAKER = re.compile(
    r"(?:^|\n)\s*(?!system|assistant|user|human|ai|admin|note|instruction|important|task|prompt|message|attention"
    r"|urgent)"
    r"[a-z]{2,12}\s?:\s(?:please |pls |hey )?$"
)
"""A speaker of a chat log."""
POLITE = re.compile(
    r"\b(?:please|kindly|bitte|por favor|merci d'|veuillez|proszę|prosze|пожалуйста|mohon|vui long|lutfen)\s$|请$"
    r"|請$|يرجى $|कृपया "
)
"""A polite word before the override."""
IF_YOU = re.compile(r"^\W{0,2}if you (?!are an?\b|want)\w")
"""A condition of the reader as a person follows."""
PERSON_DOES = re.compile(
    r"(?:^\s{0,2}(?:[,;:.-]{0,2}\s{1,2}|\s)|[,;:]\s)(?:and |then |but |so |please |instead )*(?:(?:i|we|he|she"
    r"|they|ben|it|sorry)"
    r"(?:'ve| have| had| has| found| was| were| is| sent| made| meant| pasted| wrote| attached| will|'ll)\b"
    r"|(?:we|they|he|she) (?!want|need|order|command|will|would)\w+|[a-z]+ (?:is right|was right|is wrong)\b"
    r"|the (?:(?!tasks?|instructions?|prompts?|goals?|answers?|outputs?|rules|real|new)\w+ ){1,3}(?:is|was|were"
    r"|are|has|starts?"
    r"|begins?|moved|no longer|needs?)\b"
    r"|(?:call|phone|use|go|leave|sign|pay|deliver|wash|take|press|turn|contact|see|unplug|unload|wait|order|bring"
    r"|start"
    r"|begin|confirm|restart|remove|open|close|return it|ask your|speak to|drive|proceed|skip|fill|tick|install"
    r"|put|pick|turn|page)\b"
    r"|(?:follow|obey|read|observe) (?:the|our|this one|your|its)\b(?! (?:\w+ ){0,2}(?:instructions?|orders?"
    r"|commands?"
    r"|following|next|prompt|directives?|text|below|link|url|steps|task|user)))"
)
"""An act or a statement of a person follows."""
EXPLAINS = re.compile(
    r"(?:^|^[^.!?\n]{0,40}[,;:.-])\s{0,2}(?:i|we|he|she|they)\s(?:\w+ly\s)?(?:found|sent|made|meant|pasted|wrote"
    r"|attached|had|was|were|got"
    r"|forgot|mixed|used|misread|took|opened|confused|copied)\b"
)
"""Why a person takes back something of hers."""
FOLLOWS = re.compile(
    r"(?:\b(?:segui\w*|siga\w*|sig[au]\w*|segua\w*|suive\w*|suivre|folg\w+|befolg\w+|volg\w*|stosowac|stosuj\w*"
    r"|следовать|следуйте|theo|mengikuti|ikuti|izle\w*)\b|按新|按照|跟随|遵循|従っ|相談|따르|اتباع|واتباع|पालन"
    r"|মেনে)"
    r"(?! (?:\w+ )?(?:mis|mes|meine\w*|diese\w*|estas?|ces|cette|queste|mie|mijn|deze|moi\w*|следующ\w+|мо\w+"
    r"|berikut|bu\b))"
)
"""People follow something else instead."""
KNEW = re.compile(
    r"\b(?:(?:everything|all|anything|what(?:ever)?) (?:that )?(?:you|they|we) (?:\w+ )?(?:kn[eo]w\w*|learned"
    r"|thought|believed|heard)"
    r"|(?:they|he|she) (?:\w+ )?(?:learned|knew|were told)|wuss?ten|wisst|sabia\w*|sabes|sapev\w+|saviez|wist"
    r"|wiesz|знал\w*"
    r"|了解|知って|알던|تعرف|जानते|জানতে|জানেন|bildi\w+|biet|tahu)\b|了解|知って|알던|تعرفه|जानते"
)
"""Knowledge of people."""
MY = re.compile(
    r"\bwhat i\b|\beverything i\b|\b(?:my|our|mein\w*|mi|ma|mon|meu|minha|mio|mia|mijn|moj\w*|мо[йеёяию]\w*|我"
    r"|私の|제"
    r"|내|meri|mere)\b|我之前"
)
"""Words of the writer herself."""
REPORTS = re.compile(
    r"\b(?:this|the|these|such|new|its|following|my)\s(?:\w+\s){1,6}$|\b(?:agreement|contract|directive|policy"
    r"|settings?"
    r"|sheet|commit|statute|order|version|terms|law|amendment)\b[^.\n]{0,60}$"
)
"""A paper is the subject of the sentence."""
DECLARES = re.compile(
    r"^(?:override|supersede|replace|invalidate|cancel|take)s?\b|\b(?:supersedes?|overrides?|replaces?"
    r"|takes? (?:precedence"
    r"|priority)|invalidates?|cancels?)\b"
)
"""A paper replaces another one."""


SAYS_PEOPLE = (
    (2, "before", NEGATED),
    (2, "reach", NEGATED_INSIDE),
    (2, "after", NEGATED_AFTER),
    (2, "before", STATED),
    (2, "after", EXPLAINS),
    (2, "reach", KNEW),
    (2, "after", FOLLOWS),
    (1, "body", EXERCISE),
    (1, "before", SPEAKER),
    (1, "before", POLITE),
    (1, "after", IF_YOU),
    (1, "body", TOPIC),
    (1, "around", TOPIC_OTHER),
    (1, "before", CONDITION),
    (1, "body", MY),
    (1, "after", PERSON_DOES),
)
"""Points of a mark, where it must stand, and its pattern."""
