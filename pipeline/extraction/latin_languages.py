"""Languages in Latin script: the letters above ASCII that they are written with, and their most frequent short words.

Letters: Unicode CLDR, main exemplar characters, with the accents of loanwords that dictionaries of the language list.
Words: articles, pronouns, prepositions, conjunctions, and forms of `to be` and `to have`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LatinLanguage:
    """The letters of a language above ASCII, its short words, and words of one such letter."""

    letters: frozenset[str]
    words: frozenset[str]
    single: frozenset[str]


def _language(letters: str, words: str, single: str = "") -> LatinLanguage:
    return LatinLanguage(frozenset(letters), frozenset(words.split()), frozenset(single))


LANGUAGES = {
    "en": _language(
        "",
        "the of and to in is that for it was on are as with his they at be this from have or by one had not"
        " but what all were we when your can said there use an each which she do how their if will up other"
        " about out many then them these so some her would make like him into has more its who our been you my"
        " no than please after until before",
    ),
    "de": _language(
        "äöüß",
        "der die das und ist nicht ein eine einen einem einer den dem des zu mit von auf im am an als auch es"
        " er sie wir ich sich bei nach aus wie oder aber noch nur werden wird wurde sind war hat haben kein"
        " keine um bis durch vor bitte dass wenn alle vom zum zur unter so man ihr ihre sein seine diese"
        " dieser dieses für über können müssen",
    ),
    "fr": _language(
        "éèêëàâîïôûùüçœæÿ",
        "le la les de des du un une et est dans pour que qui ne pas sur au aux par avec ce cette ces il elle"
        " nous vous ils se son sa ses leur leurs ou mais plus tout tous sont ont fait comme sans sous en chez"
        " entre puis donc car si je tu on avant cela dont quand très même été être déjà à où",
        "àôÀ",
    ),
    "es": _language(
        "áéíóúñü",
        "el la los las de del y en que un una unos unas es por con para no se su sus al lo como más pero ha"
        " le o si sin sobre este esta estos estas entre cuando muy ya todo todos desde hasta donde quien ser"
        " son fue hay nos era han tiene también años está están así día aquí",
        "óáé",
    ),
    "pt": _language(
        "áâãàçéêíóôõúü",
        "o a os as de do da dos das e em no na nos nas um uma que para por com se mais como mas foi ao aos"
        " seu sua ou ser quando muito nos pelo pela isso esse essa este esta entre depois sem mesmo ele ela"
        " eles elas tem ainda porque sobre todos qual onde são não é está também já até há às só você",
        "éàóáÉÀ",
    ),
    "it": _language(
        "àèéìíîòóùú",
        "il lo la i gli le di del della dei delle degli e in che un una uno per con non si da dal dalla al"
        " alla ai nel nella sono come ma anche o se suo sua questo questa tra fra stato essere ha hanno ci su"
        " sul sulla cui quando dopo tutti ogni dove ancora solo perché già è più così può sarà",
        "èÈé",
    ),
    "nl": _language(
        "éèëêïíóöüáàçûôâî",
        "de het een en van in is dat op te zijn met voor niet aan er om ook als maar dan bij uit door naar"
        " over nog wel deze die dit wordt werd worden zich hij zij wij ik je hun haar heeft hebben kan geen of"
        " tot tegen onder na al waar wat wie moet",
    ),
    "sv": _language(
        "åäöéü",
        "och i att det som en ett den de av med till har om inte vid var men sig kan ska skall han hon vi ni"
        " jag du dem man nu eller efter under mot hos mellan alla denna detta vara blir blev sin sitt sina"
        " finns ut upp hade alltid på för är från när så då också där här något även innan många",
        "öåÖÅ",
    ),
    "da": _language(
        "æøåéü",
        "og i at det som en et den de af med til har om ikke ved var men sig kan skal han hun vi jeg du dem"
        " man nu eller efter under mod hos mellem alle denne dette blive bliver blev sin sit sine fra kun hvor"
        " hvad ud op havde er på for så når også være år før både må",
        "åøÅØ",
    ),
    "no": _language(
        "æøåéòôü",
        "og i at det som en et den de av med til har om ikke ved var men seg kan skal han hun vi jeg du dem"
        " man eller etter under mot hos mellom alle denne dette bli blir ble sin sitt sine fra bare hvor hva"
        " ut opp hadde er på for så når også være år før både må",
        "åøÅØ",
    ),
    "fi": _language(
        "äöåšž",
        "ja on ei se oli ovat joka mutta kun hän ne he me te niin kuin tai jos ole olla ollut sen siin tämä"
        " joka mukaan sekä myös vain vielä ennen jo mitä nyt kaikki kanssa ovat voi oli eli että tämän hyvin"
        " eikä saa",
    ),
    "is": _language(
        "áðéíóúýþæö",
        "og er til um sem en ekki var hann hefur fyrir voru af eru hafa hún við það að með frá þegar þess"
        " verið eftir yfir þá þar eða hér svo",
        "áíÁÍ",
    ),
    "pl": _language(
        "ąćęłńóśźż",
        "w i z na do nie to jest o od po za dla przez przy ale jak czy tak oraz lub tym tego jego jej ich ten"
        " ta te co gdy tylko jednak ma by bez pod nad przed jako bardzo tej sobie kiedy gdzie wszystkie"
        " wszystkich proszę są się już także może więc będzie być który która które między",
        "",
    ),
    "cs": _language(
        "áčďéěíňóřšťúůýž",
        "a v na se je to z do s o za po pro od ale jako jeho nebo tak jsou byl byla bylo jsem ve ze si by pod"
        " nad mezi bez podle jen aby co kdy kde jak ten ta prosím dnes proto který která které není při než už"
        " také jeho před může všech až",
        "íú",
    ),
    "sk": _language(
        "áäčďéíĺľňóôŕšťúýž",
        "a v na sa je to z do s o za po pre od ale ako jeho alebo tak bol bola bolo som vo zo si by pod nad"
        " medzi bez len aby kedy kde ten prosím dnes preto ktorý ktorá ktoré nie pri už tiež pred môže"
        " všetkých až sú",
        "",
    ),
    "hu": _language(
        "áéíóöőúüű",
        "a az egy is nem hogy de meg volt van csak mint ha vagy el ki be le fel ami aki amely ezt azt ez itt"
        " ott mert lesz majd minden sem kell lehet nagyon alatt szerint most ezek azok ezért és még már után"
        " között több két után össze kérjük",
        "",
    ),
    "ro": _language(
        "ăâîșțşţ",
        "de la cu pe din este care pentru nu mai sau sunt fost ca prin dar ce se au fi un o al ale lui lor ei"
        " el dup toate acest acesta fost unei unui doar cum când după și în să că până fără către",
        "",
    ),
    "hr": _language(
        "čćđšž",
        "i u na se je za da su od ne s o to kao ili ali iz po koji koja koje bio bila bilo do sam smo biti"
        " bez samo jer kako pri prema nakon dok svi sve ovaj ova kod uz što može će još više",
        "",
    ),
    "sl": _language(
        "čšž",
        "in je v na se za da so z s o ki pa ne po od pri kot tudi iz do bi ali bil bila bilo kjer zaradi med"
        " ko lahko samo vse smo sem ni ta to svoj pred še že več če",
        "",
    ),
    "tr": _language(
        "çğıöşüâîİ",
        "ve bir bu da de ile ne daha olarak olan ama gibi kadar sonra en her var yok ya ben sen biz siz onlar"
        " ise ki bunu onun bana hem veya diye hafta için çok şu değil bütün önce şey",
        "",
    ),
    "lt": _language(
        "ąčęėįšųūž",
        "ir yra kad su bet buvo tai kaip nuo iki jau dar ne po per prie tik ar o jo jos savo visos todėl"
        " prašome už į šį bus būti kurie",
        "į",
    ),
    "lv": _language(
        "āčēģīķļņšūž",
        "un ir no ar par uz kas ka bet lai arī pie tika nav vai bija pēc tas to ko kā savu jau līdz visi",
        "",
    ),
    "et": _language(
        "äõöüšž",
        "ja on ei see oli ta et kui ka aga oma mis kes siis nii ning ma me nad selle seda olid pole veel juba"
        " enne pärast või üks väga",
        "",
    ),
    "ca": _language(
        "àçèéíïòóúü·",
        "el la els les de del dels i en que un una per amb no es al als se seu seva com o si van va ha han"
        " aquest aquesta entre quan molt tot tots des fins on ser hi ho però més també és són està",
        "éàÉ",
    ),
    "sq": _language(
        "ëç",
        "dhe i e ne nga me per nje te se ka si do por kjo ky eshte jane ishte kur pas ndaj vetem deri ose"
        " edhe duke u në një për është janë më",
        "",
    ),
    "vi": _language(
        "àáâãèéêìíòóôõùúýăđĩũơư",
        "cho trong khi nhau theo ra nhau tr anh em con hay sau nay xin ta nam khu gia cao thanh tin",
        "",
    ),
    "ga": _language(
        "áéíóú",
        "agus an na ar go le do bhi ag mar sin seo ach leis chun gach nach raibh ann sa den ina bhí é sé sí nó tá dá",
        "éíáó",
    ),
    "id": _language(
        "é", "yang dan di dari untuk dengan ini itu tidak pada ke adalah akan juga dalam atau oleh saya kami"
    ),
}
LOANWORDS = _language(
    "",
    "café cafés cliché clichés fiancé fiancée résumé résumés façade façades naïve naïveté déjà décor entrée entrées"
    " exposé jalapeño jalapeños piñata protégé rosé sauté sautéed señor señora soufflé touché über crème brûlée pâté"
    " purée purées papier-mâché doppelgänger smörgåsbord née blasé risqué passé communiqué",
).words
"""Words of other languages that English writes with their letters."""
ALL_LETTERS = frozenset().union(*(language.letters for language in LANGUAGES.values()))
