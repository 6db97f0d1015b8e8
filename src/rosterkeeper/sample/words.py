"""The words that sample districts are made of. All people and places are invented; domains are reserved ones.

A name is written ``Form:slug``; the slug is its ASCII form in user names and e-mail addresses, and may be left out
where it is the form in lower case. Every culture has the same number of names, so that a name is found by arithmetic.
"""

from typing import Final

NAMES_PER_CULTURE: Final = 16

_CULTURES: Final = (
    # English, with apostrophes
    (
        "Ava Liam Grace Noah Ella Mason Ruth Owen Hazel Wyatt Ivy Jude Nora Miles De'Andre:deandre Ja'Nae:janae",
        "Carter Brooks Whitfield Langley Harlow Prescott Mercer Ashby O'Brien:obrien D'Angelo:dangelo O'Neill:oneill"
        " Calloway Draper Winslow Thackeray Lockwood",
    ),
    # Spanish
    (
        "José:jose María:maria Lucía:lucia Mateo Sofía:sofia Diego Inés:ines Ángel:angel Camila Raúl:raul Elena"
        " Íñigo:inigo Paloma Joaquín:joaquin Ximena Andrés:andres",
        "García:garcia Muñoz:munoz Ibáñez:ibanez Peña:pena Núñez:nunez Ríos:rios Zúñiga:zuniga Cordero Salazar"
        " Valdés:valdes Ortega Quiñones:quinones Fuentes Lozano Márquez:marquez Acuña:acuna",
    ),
    # German and Nordic
    (
        "Jürgen:juergen Käthe:kaethe Björn:bjorn Åsa:asa Søren:soren Maja Lukas Freja Jörg:joerg Greta Håkon:hakon"
        " Linnéa:linnea Emil Sigrún:sigrun Þór:thor Anneliese",
        "Müller:mueller Weiß:weiss Öberg:oberg Ångström:angstrom Sørensen:sorensen Lindqvist Schröder:schroeder"
        " Bäcker:baecker Nygård:nygard Hämäläinen:hamalainen Groß:gross Jónsdóttir:jonsdottir Vogel Ekström:ekstrom"
        " Kjær:kjaer Dahl",
    ),
    # Polish and Czech
    (
        "Łukasz:lukasz Żaneta:zaneta Jiří:jiri Šárka:sarka Zofia Bartłomiej:bartlomiej Ondřej:ondrej Agnieszka Tomáš:tomas"
        " Božena:bozena Michał:michal Kateřina:katerina Stanisław:stanislaw Hania Vojtěch:vojtech Ewa",
        "Wiśniewska:wisniewska Dvořák:dvorak Kowalczyk Łapiński:lapinski Novák:novak Zając:zajac Černý:cerny"
        " Źrebak:zrebak Příhoda:prihoda Jabłoński:jablonski Kučera:kucera Gołąb:golab Šťastný:stastny Mazur"
        " Růžička:ruzicka Sokół:sokol",
    ),
    # Vietnamese
    (
        "Nguyệt:nguyet Đức:duc Thảo:thao Minh Hạnh:hanh Quốc:quoc Ngọc:ngoc Bảo:bao Lan Tuấn:tuan Hương:huong Khánh:khanh"
        " Yến:yen Phúc:phuc Mai Dũng:dung",
        "Nguyễn:nguyen Trần:tran Lê:le Phạm:pham Huỳnh:huynh Hoàng:hoang Vũ:vu Đặng:dang Bùi:bui Đỗ:do Hồ:ho Ngô:ngo"
        " Dương:duong Lý:ly Đinh:dinh Lương:luong",
    ),
    # Hawaiian and Pacific, with the ʻokina
    (
        "Kaʻimi:kaimi Leilani Keoni Noelani Makoa Hōkū:hoku Mele Kekoa Pualani Ikaika Nāla:nala ʻAlana:alana Kaleo Moana"
        " Kainoa Lani",
        "Kaʻaukai:kaaukai Kealoha Nāone:naone Kahananui Pāʻani:paani Māhoe:mahoe Kalani ʻIolana:iolana Keawe Nakoa"
        " Palakiko Kamakau Hoʻomana:hoomana Kapule Tāvita:tavita Fonoti",
    ),
    # Chinese and Japanese, one of them outside the basic plane
    (
        "小明:xiaoming 美玲:meiling 志強:zhiqiang 秀英:xiuying 陽翔:haruto 結衣:yui 蓮:ren 葵:aoi 子涵:zihan 浩然:haoran"
        " 雨桐:yutong 大翔:hiroto さくら:sakura 翔太:shota 欣怡:xinyi ひなた:hinata",
        "王:wang 李:li 張:zhang 劉:liu 陳:chen 楊:yang 佐藤:sato 鈴木:suzuki 𠮷野:yoshino 髙橋:takahashi 渡邊:watanabe"
        " 歐陽:ouyang 趙:zhao 黃:huang 中村:nakamura 小林:kobayashi",
    ),
    # Korean
    (
        "민준:minjun 서연:seoyeon 지우:jiwoo 하은:haeun 도윤:doyun 수아:sua 예준:yejun 지민:jimin 현우:hyunwoo 채원:chaewon"
        " 시우:siwoo 유나:yuna 준서:junseo 다은:daeun 건우:gunwoo 소율:soyul",
        "김:kim 이:yi 박:park 최:choi 정:jung 강:kang 조:cho 윤:yoon 장:jang 임:lim 한:han 오:oh 서:seo 신:shin 권:kwon"
        " 남궁:namgung",
    ),
    # Arabic and Hebrew, written from right to left
    (
        "ليلى:layla يوسف:yusuf مريم:maryam عمر:omar فاطمة:fatima خالد:khalid نور:nour سارة:sarah זיו:ziv תמר:tamar"
        " أحمد:ahmad هند:hind בן:ben יעל:yael طارق:tariq سلمى:salma",
        "الحسن:alhassan حداد:haddad منصور:mansour النجار:alnajjar كوهين:kohen שקד:shaked لطفي:lutfi الخطيب:alkhatib"
        " أمين:amin ברק:barak صباغ:sabbagh القاسم:alqasim דגן:dagan رشيد:rashid יערי:yaari زيدان:zaydan",
    ),
    # Cyrillic and Greek
    (
        "Анна:anna Дмитрий:dmitry Оксана:oksana Юрій:yuriy Елена:yelena Иван:ivan Їванка:yivanka Пётр:pyotr"
        " Ελένη:eleni Νίκος:nikos Μαρία:maria Γιώργος:giorgos Світлана:svitlana Тарас:taras Σοφία:sofia Михаил:mikhail",
        "Иванова:ivanova Шевченко:shevchenko Ковальчук:kovalchuk Соловьёв:solovyov Бондар:bondar Щербак:shcherbak"
        " Παπαδάκης:papadakis Νικολάου:nikolaou Гриценко:hrytsenko Орлов:orlov Ґалаґан:galagan Καραγιάννης:karagiannis"
        " Жук:zhuk Мороз:moroz Δημητρίου:dimitriou Лисенко:lysenko",
    ),
    # Devanagari, Tamil, Amharic
    (
        "आरव:aarav दिया:diya ईशान:ishaan अनन्या:ananya रोहन:rohan काव्या:kavya கவின்:kavin யாழினி:yazhini ሰላም:selam"
        " ዳዊት:dawit मीरा:meera अर्जुन:arjun நிலா:nila ሃና:hana विवान:vivaan பிரியா:priya",
        "शर्मा:sharma पटेल:patel गुप्ता:gupta वर्मा:verma மணி:mani குமரன்:kumaran በቀለ:bekele ተስፋዬ:tesfaye राव:rao"
        " जोशी:joshi சுந்தர்:sundar ኃይሌ:haile मेहता:mehta भट्ट:bhatt முருகன்:murugan ከበደ:kebede",
    ),
    # West African and Haitian
    (
        "Adébáyọ̀:adebayo Fatou Kwame Chidi Aïssatou:aissatou Ngozi Moussa Abena Ọlá:ola Mamadou Thérèse:therese"
        " Jean-Baptiste:jean-baptiste Marie-Ève:marie-eve Kofi Sékou:sekou Amara",
        "Okonkwo Diallo Mensah Adéyẹmí:adeyemi N'Diaye:ndiaye Touré:toure Asante Traoré:traore Eze Saint-Fleur:saint-fleur"
        " Bâ:ba Désir:desir Owusu Keïta:keita Pierre-Louis:pierre-louis Balogun",
    ),
)


def _forms(names: str) -> list[str]:
    return [name.partition(":")[0] for name in names.split()]


def _slugs(names: str) -> list[str]:
    return [name.partition(":")[2] or name.lower() for name in names.split()]


# Which culture a person is drawn from: an index into _CULTURES, the frequent ones more than once.
CULTURES: Final = (0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11)

GIVEN: Final = [form for given, _ in _CULTURES for form in _forms(given)]
GIVEN_SLUGS: Final = [slug for given, _ in _CULTURES for slug in _slugs(given)]
FAMILY: Final = [form for _, family in _CULTURES for form in _forms(family)]
FAMILY_SLUGS: Final = [slug for _, family in _CULTURES for slug in _slugs(family)]

PLACES: Final = (
    *("Maple Grove", "Cedar Hollow", "Río Claro", "Lake Vesper", "Stonebridge", "Juniper Flats", "Harper's Mill"),
    *("Fox Meadow", "Sainte-Claire", "Willow Bend", "Granite Pass", "Señora Vista", "Quail Ridge", "Amberly"),
    *("North Fork", "Pine Barrens", "Old Orchard", "Heron Bay", "Copper Hill", "Larkspur", "Wren's Landing"),
    *("Blue Mesa", "Thornwood", "Millrace", "Sunnydale", "Elk Crossing", "Cañon Verde", "Bright Harbor"),
    *("Kettle Creek", "Rosemont", "Tamarack"),
)
CITIES: Final = ("Fairwater", "Port Adair", "San Ysidro", "Lac-Mégantic", "Peñasco", "Grünau", "Easton Falls", "Ōtaki")
STATES: Final = ("OH", "TX", "CA", "MN", "NM", "WI", "PA", "HI")
COUNTRIES: Final = ("US", "US", "US", "US", "US", "MX", "VN", "SO")

SUBJECT_SLOTS: Final = 12

# One line a school level; slot 0 is the homeroom. Names and codes have one entry a slot.
_ELEMENTARY: Final = (
    "Homeroom|Reading|Mathematics|Science|Social Studies|Writing|Art|Music|Physical Education|Library|Computing|Garden"
)
_MIDDLE: Final = (
    "Advisory|English|Mathematics|Life Science|World Cultures|Reading Workshop|Physical Education|Band|Art & Design|"
    'The "Maker" Lab|Spanish|Health, Safety and You'
)
_HIGH: Final = (
    "Advisory|English Literature|Algebra|Biology|World History|Español|Physical Education|Chemistry|Studio Art|"
    "Computer Science|Economics|Debate"
)
SUBJECTS: Final = [name for level in (_ELEMENTARY, _MIDDLE, _HIGH) for name in level.split("|")]
SUBJECT_CODES: Final = [f"{10 + slot:02d}{level}{slot:02d}" for level in (1, 2, 3) for slot in range(SUBJECT_SLOTS)]
