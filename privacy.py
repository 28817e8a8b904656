"""Personal data that must never reach a question, an option or a screen.

The worker cleans what the model reads, the web process what its pages quote. Every
pattern takes time in proportion to the text: repeats are bounded, or can begin only
where no shorter match began.

Kept, because they point at nobody: round and counted numbers, prices, dates, scores,
years, ISBNs, public hotlines ("1588-1234") and 127.0.0.1. Names are not personal data
here; what is said about a named person is for worker/quality/sensitive.py.
"""

from __future__ import annotations

import re
import unicodedata

# What may stand between the digits of one number; keycap emoji hold two of them.
_GAP = r"(?:[ .\-()/~_\ufe0f\u20e3]|다시|에 ){0,3}"
_DIGIT = r"[\d공영일이삼사오육륙칠팔구]"
_UNIT = r"(?!\s?(?:원|명|개|억|만|천|년|월|달러|번째|분|초|km|won|people))"
_END = "(?![A-Za-z])"  # of an English word, also before a Korean particle
_NOT_A_PART = r"(?<![\d.,-])"  # neither inside a number nor after a decimal point

_PHONE = (
    # 010-1234-5678, 010 1234 5678, 공일공 일이삼사 오육칠팔, 0 1 0 1 2 3 ...
    rf"(?<![\d.])\(?[0공영][ \ufe0f\u20e3-]{{0,3}}[1일][ \ufe0f\u20e3-]{{0,3}}"
    rf"[016789공영일육칠팔구](?:{_GAP}{_DIGIT}){{7,8}}(?!\d)[\ufe0f\u20e3]*",
    r"(?<![\d.])0\.1\.[016789](?:\.\d){7,8}(?![\d.])",
    # A sheet drops the leading zero; "1000000000" is a round number.
    rf"{_NOT_A_PART}10[ .-]?[1-9]\d{{3}}[ .-]?(?!0000)\d{{4}}(?!\d){_UNIT}",
    # Land lines, then any country's.
    rf"{_NOT_A_PART}\(?0(?:2|[3-6][1-5]|70|80|50\d)\)?[ .-]?\d{{3,4}}[ .-]?\d{{4}}"
    r"(?!\d)",
    rf"{_NOT_A_PART}\(?0\d{{1,4}}[ .)-]{{1,2}}\d{{3,4}}[ .-]?\d{{3,4}}(?!\d|,\d)",
    r"(?<!\d)\+\s?\d{1,3}(?:[ .()-]{0,3}\d){7,12}(?!\d)",
    rf"{_NOT_A_PART}00\d{{1,3}}[ -](?:[ .-]?\d){{7,12}}(?!\d)",
    rf"{_NOT_A_PART}\(?\d{{3}}\)?[ .-]\d{{3}}[ .-]\d{{4}}(?![\d-])",
    rf"{_NOT_A_PART}1[3-9]\d[ -]?\d{{4}}[ -]?(?!0000)\d{{4}}(?!\d){_UNIT}",
    r"(?:전화|연락처|휴대폰|핸드폰|폰)(?:번호)?\D{0,6}(?!0)\d{3,4}[ .-]?\d{4}(?!\d)",
    r"(?i:\b(?:call|phone|text|tel|whatsapp)\b\D{0,12}(?!0)\d{3,4}[ .-]?\d{4}(?!\d))",
    r"(?i:\b(?!one\W{1,2}two\W{1,2}three)"
    r"(?:(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\W{1,2}){8,14}"
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\b)",
)
_IDENTITY = (
    # Resident and foreigner numbers (also masked), US social security numbers.
    rf"{_NOT_A_PART}\d{{6}}\s?[-.~ ]\s?[0-8][\d*]{{6}}(?![\d-])",
    rf"{_NOT_A_PART}\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[0-8]\d{{6}}(?!\d)",
    r"(?:주민|외국인)\s?(?:등록)?\s?번호\D{0,10}[\d*][\d* -]{5,13}",
    rf"{_NOT_A_PART}\d{{3}}-\d{{2}}-\d{{4}}(?![\d-])",
    # Passports: M12345678, M123A4567, and any that is called one.
    r"(?<![A-Za-z0-9])(?:[A-Z]\d{8}|[A-Z]{2}\d{7}|[MSROGDmsrogd]\d{3}[A-Za-z]\d{4})"
    r"(?![A-Za-z0-9])",
    r"(?i:(?:여권|passport)\s?(?:번호|number|no\.?|num)?[^\dA-Z\n]{0,4}"
    r"(?:is\s)?(?=[A-Z]{0,2}\d)[A-Z0-9]{7,9}(?![A-Z0-9]))",
    # Driver's licences: 11-12-345678-90, 서울 12-345678-90.
    rf"{_NOT_A_PART}(?:\d\d-)?\d\d-\d{{6}}-\d\d(?![\d-])",
    r"(?i:(?:면허|driver'?s?\s?licen[cs]e|licen[cs]e)\s?(?:증)?\s?"
    r"(?:번호|number|no\.?)[^\dA-Z\n]{0,4}(?:is\s)?[A-Z]{0,5}\d[A-Z0-9 -]{6,16})",
)
_MONEY = (
    rf"{_NOT_A_PART}(?:\d{{4}}[ -]?){{3}}\d{{4}}(?![\d-])",  # cards
    rf"{_NOT_A_PART}3[47]\d\d[ -]?\d{{6}}[ -]?\d{{5}}(?![\d-])",
    # Accounts; neither 12-25-2024 nor 2020-2022-2024 is one.
    rf"{_NOT_A_PART}(?!\d\d-\d\d-(?:19|20)\d\d(?!\d))(?!(?:(?:19|20)\d\d-?){{3}}(?!\d))"
    r"\d{2,6}-\d{2,6}-\d{4,8}(?:-\d{1,3})?(?![\d-])",
    r"(?:[가-힣A-Za-z]{2,4}(?:은행|뱅크|금고)|농협|신한|카뱅|우체국|수협|신협|계좌)"
    r"(?:\s?계좌)?(?:\s?번호)?[^\d\n]{0,6}\d(?:[ -]?\d){8,15}(?!\d)",
    r"(?i:\b(?:account|acct|routing|sort code)\b(?:\s(?:number|no\.?))?"
    r"[^\d\n]{0,6}\d(?:[ -]?\d){5,16}(?!\d))",
    r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?"
    r"(?![A-Za-z0-9])",  # IBAN
)
_MAILS = "gmail|naver|daum|hanmail|kakao|outlook|hotmail|yahoo|icloud|nate|proton"
_TOP = "com|net|org|kr|co|io|edu|gov|me|dev|컴|넷"
_LOCAL = r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+"
_ONLINE = (
    r"(?<![A-Za-z0-9가-힣._%+-])[A-Za-z0-9가-힣._%+-]+ ?@ ?"
    r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+",
    rf"(?i:{_LOCAL}\s?(?:[(\[{{]\s?at\s?[)\]}}]|골뱅이|앳)\s?[A-Za-z0-9가-힣-]{{1,40}}\s?"
    rf"(?:\.|[(\[{{]\s?dot\s?[)\]}}]|\sdot\s|닷|점|쩜)\s?(?:{_TOP})"
    rf"(?:\s?(?:\.|점|닷)\s?kr)?)",
    rf"(?i:{_LOCAL}\sat\s[A-Za-z0-9-]{{1,40}}\sdot\s(?:{_TOP}){_END}(?:\sdot\skr)?)",
    rf"(?i:{_LOCAL}\s(?:at|골뱅이)\s(?:{_MAILS}){_END}(?:\s?(?:\.|점|닷)\s?(?:{_TOP}))?)",
    rf"(?i:{_LOCAL}\s?골뱅이\s?(?:{_MAILS}|네이버|지메일|한메일|네이트|카카오))",
    r"[가-힣]{1,12}\s?골뱅이\s?[가-힣]{1,6}\s?(?:닷|점|쩜)\s?(?:컴|넷)",
    # Addresses of pages, handles, accounts of social networks.
    r"(?i:(?:https?://|www\.)[^\s가-힣]+)",
    r"(?i:(?<![a-z0-9.-])[a-z0-9-]{1,40}(?:\.[a-z0-9-]{1,40}){0,3}\.[a-z]{2,6}"
    r"/[\w@~?=.&%-]{2,})",
    r"(?i:(?<![\w@.])@(?!(?:home|work|school|all|here|everyone|night)\b)"
    r"[a-z0-9_][a-z0-9_.]{2,29})",
    r"(?i:(?:인스타(?:그램)?|insta(?:gram)?|카(?:카오)?톡|텔레그램|telegram|트위터|twitter"
    r"|snap(?:chat)?|틱톡|tiktok|디스코드|discord|페북|facebook|깃허브|github|kakao|라인)"
    r"\s?(?:(?:\s?(?:아이디|계정|id|handle|username|account))+(?:[은는:=]|\sis)?|:)\s?"
    r"[a-z0-9][\w.#-]{2,30})",
    r"(?i:(?:인스타(?:그램)?|insta(?:gram)?|카(?:카오)?톡|트위터|twitter|discord|snapchat)"
    r"\s(?=[a-z.]{1,29}[_\d])[a-z][a-z0-9_.]{2,29})",
    r"(?<![A-Za-z0-9_.])[A-Za-z0-9_.]{2,32}#\d{4}(?!\d)",
    r"(?<![\d.])(?!127\.)(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}"
    r"(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\d|\.\d)",
    r"(?i:(?<![0-9a-f:])(?:(?:[0-9a-f]{1,4}:){5,7}[0-9a-f]{1,4}"
    r"|(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6})(?![0-9a-f:]))",
)
_PLATE = (
    r"(?<![\d.,])\d{2,3}[가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주"
    rf"바사아자배하허호]\s?\d{{4}}(?!\d){_UNIT}",
    r"(?:licen[cs]e|number)\splate\W{0,3}(?:is\s|number\s){0,2}"
    r"(?=[A-Z ]{0,4}\d)[A-Z0-9]{2,4}[ -]?[A-Z0-9]{2,4}",
)
# "자전거로 20분" is no street: most words behind a number are its unit.
_NO_UNIT = (
    r"(?!\s?(?:분|시|년|번(?!지|길)|개|명|살|원|만|천|백|초|등|점|코스|호선|km|킬로|대(?!로)"
    r"|회|세트|바퀴|층짜리|위))"
)
_ROAD = (  # "따로 20 들었어요": these end in 로 and are no road's name
    r"(?<![가-힣\d])(?!(?:도보|제|새|따|바|서|별|주|실제|절대|함부|홀|스스|날|멋|마음|맘|뜻|차|세|가"
    r"|위|아래|앞으|뒤|최대|최소|의외|수시|그|이|저|별도|진짜|대체|반대|순서|차례|번갈아)(?:대)?로\s?\d)"
)
_TOWER = r"(?:[ ,]+\d{1,4}동)?(?:[ ,]*\d{1,4}호)?"
_STREET_KO = (
    r"(?:[가-힣]{1,5}(?:특별시|광역시|도|시)\s+)?(?:[가-힣]{1,6}[시군구]\s+){0,2}"
    rf"{_ROAD}[가-힣\d]{{1,15}}(?:대로|로|길)\s?\d{{1,4}}(?:-\d{{1,4}})?(?![\d.,:]*\d){_NO_UNIT}"
    r"(?:번지|번길\s?\d{1,4}|호|동|(?=길|층|에|이|예|입|인|의|을|를|은|는|요)"
    rf"|(?![가-힣A-Za-z%])){_TOWER}",
    r"(?:[가-힣]{1,6}[시군구]\s+){0,2}[가-힣]{1,7}[동리읍면]\s?\d{1,4}(?:-\d{1,4})?번지"
    rf"{_TOWER}",
    r"[가-힣]{1,6}[시군구]\s+[가-힣]{1,6}[동리읍면]\s?\d{1,4}-\d{1,4}(?!\d)"
    rf"{_NO_UNIT}{_TOWER}",
    r"(?:[가-힣A-Za-z]{1,12}\s)?\d{1,4}동\s?\d{2,4}호(?![선차])",
    r"우편번호\D{0,4}\d{5}(?!\d)",
)
_WAY = "street|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd"
_PLAIN_WORD = (  # "3 hours on the road": these begin no street's name
    r"(?!(?:the|an?|on|in|off|down|up|by|to|at|of|from|for|with|and|this|that|my|our"
    r"|hours?|hrs?|min(?:ute)?s?|miles?|km|k|days?|weeks?|months?|years?|people|times"
    r"|more|long|side|wheel|open|busy|country|quiet|lane|way|second|other|block"
    r"|blocks|dogs?|cats?|cars?|test|hard|pen|thumb|usb)\b)"
)
_STREET_EN = (
    r"(?i:(?<![\w.])\d{1,5}[a-z]?\s"
    rf"(?:{_PLAIN_WORD}[a-z]{{2,20}}\s){{1,2}}(?:{_WAY}){_END}\.?)",
    r"(?<![\w.])\d{1,5}[A-Za-z]?\s(?:[A-Z][a-z]{1,20}\s){1,3}"
    rf"(?:St|Court|Ct|Place|Pl|Square|Sq|Terrace|Close|Crescent|Way){_END}\.?",
    r"(?i:(?<![\w.])\d{1,5}\s[a-z]{2,20}\sst\.?,?\s(?:apt|unit|apartment)\.?\s?#?\w{1,5})",
    r"(?<![A-Za-zäöüß])[A-ZÄÖÜ][a-zäöüß]{1,25}(?:straße|strasse|str\.)\s?\d{1,4}[a-z]?",
    r"(?<![A-Za-z0-9])[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?![A-Za-z0-9])",  # SW1A 1AA
    r",\s[A-Z]{2}\s\d{5}(?:-\d{4})?(?!\d)",  # Springfield, IL 62704
    r"(?i:\bp\.?\s?o\.?\sbox\s\d{1,6})",
)
_PRIVATE = re.compile(
    "|".join(
        (*_ONLINE, *_IDENTITY, *_MONEY, *_PHONE, *_PLATE, *_STREET_KO, *_STREET_EN)
    )
)
_FOREIGN = re.compile("[^\x00-\x7f가-힣]")
_DASHES = frozenset("‐‑‒–—―−﹘﹣－")
_PASSES = 4  # what is left around a removed number may be one again


def redact(text: str) -> str:
    """`text` without e-mail addresses, phone, identity, card and account numbers,
    licence plates, links, handles and street addresses; unchanged if there is none.

    Example: "전화는 010-1234-5678이요" -> "전화는 이요".
    """
    for _ in range(_PASSES):
        cleaned = _removed(text)
        if cleaned == text:
            return text
        text = cleaned
    return re.sub(r"[\d@]", "", text) if holds_private_data(text) else text


def holds_private_data(text: str) -> bool:
    """Whether `redact` would take something out."""
    return _PRIVATE.search(_plain(text)) is not None


def _removed(text: str) -> str:
    """`text` with a space for every private part, or `text` itself."""
    kept, end = [], 0
    for match in _PRIVATE.finditer(_plain(text)):
        kept.append(text[end : match.start()])
        end = match.end()
    if not kept:
        return text
    return re.sub("[ \t]+", " ", " ".join([*kept, text[end:]])).strip()


def _plain(text: str) -> str:
    """As many characters, but digits, dashes, letters and spaces of ASCII.

    Example: "０１０–1234" -> "010-1234".
    """
    return _FOREIGN.sub(lambda match: _plain_char(match[0]), text)


def _plain_char(char: str) -> str:
    if char in _DASHES:
        return "-"
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(char) in ("Cf", "Zs", "Cc"):
        return " "
    alike = unicodedata.normalize("NFKC", char)
    return alike if len(alike) == 1 else char
