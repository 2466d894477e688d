"""The story of the sample retailer: its departments, what they sell, and how they react.

Invented, but of the size and mix of an Italian consumer-electronics chain: about EUR 1.2 M of
sales a day, seven tenths of it in stores, a margin of about 20 % before promotions.
"""

from __future__ import annotations

from dataclasses import dataclass

DAILY_SALES_VALUE = 1_230_000.0
"""Sales of an average day without promotions, EUR."""


@dataclass(frozen=True)
class Department:
    """One department.

    Attributes:
        name: as the workbooks spell it.
        short_name: as the Italian promotion texts spell it.
        sales_share: of the company's sales without promotions.
        online_share: of the department's sales.
        price: average list price of a unit, EUR.
        margin_rate: of sales at list price.
        promo_share: share of the units that a campaign puts on promotion.
        response: log uplift of the department's units per unit of depth (2.0: +22 % at 10 %).
        growth: of units per year, log.
        christmas: weight of the Black Friday and Christmas peaks (1 = company average).
        summer: log effect at the height of summer.
        sku_share: of the assortment.
        groups: product groups, Italian.
        variants: what subdivides each group into subgroups.
    """

    name: str
    short_name: str
    sales_share: float
    online_share: float
    price: float
    margin_rate: float
    promo_share: float
    response: float
    growth: float
    christmas: float
    summer: float
    sku_share: float
    groups: tuple[str, ...]
    variants: tuple[str, ...]


DEPARTMENTS: tuple[Department, ...] = (
    Department(
        name="TV",
        short_name="TV",
        sales_share=0.140,
        online_share=0.27,
        price=480.0,
        margin_rate=0.165,
        promo_share=0.75,
        response=2.4,
        growth=-0.02,
        christmas=1.1,
        summer=0.02,
        sku_share=0.05,
        groups=("LCD UHD", "LCD FHD", "OLED", "QLED", "MINI LED", "SUPPORTI TV", "PROIETTORI"),
        variants=("DA 32P A 42P", "DA 43P A 50P", "DA 51P A 59P", "DA 60P A 74P", "OLTRE 75P"),
    ),
    Department(
        name="GAMING",
        short_name="GAMING",
        sales_share=0.060,
        online_share=0.36,
        price=140.0,
        margin_rate=0.155,
        promo_share=0.60,
        response=2.2,
        growth=0.03,
        christmas=1.4,
        summer=-0.06,
        sku_share=0.06,
        groups=("CONSOLE", "CONTROLLER", "CUFFIE GAMING", "SEDIE GAMING", "PC GAMING", "VR"),
        variants=("TOP", "MEDIO", "ENTRY", "BUNDLE", "RICONDIZIONATO"),
    ),
    Department(
        name="AUDIO",
        short_name="AUDIO",
        sales_share=0.050,
        online_share=0.32,
        price=75.0,
        margin_rate=0.265,
        promo_share=0.65,
        response=2.5,
        growth=0.04,
        christmas=1.25,
        summer=0.05,
        sku_share=0.08,
        groups=("CUFFIE", "AURICOLARI", "SOUNDBAR", "SPEAKER", "HI-FI", "GIRADISCHI", "MICROFONI"),
        variants=("BLUETOOTH", "CON FILO", "TRUE WIRELESS", "SPORT", "PREMIUM", "KIDS"),
    ),
    Department(
        name="TELEPHONY",
        short_name="TELEFONIA",
        sales_share=0.200,
        online_share=0.35,
        price=330.0,
        margin_rate=0.135,
        promo_share=0.55,
        response=2.0,
        growth=0.02,
        christmas=1.1,
        summer=-0.02,
        sku_share=0.10,
        groups=("SMARTPHONE", "TABLET", "SMARTWATCH", "CORDLESS", "FEATURE PHONE", "SIM"),
        variants=("FINO A 200", "DA 200 A 400", "DA 400 A 700", "DA 700 A 1000", "OLTRE 1000"),
    ),
    Department(
        name="COMPUTERS",
        short_name="INFORMATICA",
        sales_share=0.150,
        online_share=0.38,
        price=520.0,
        margin_rate=0.145,
        promo_share=0.65,
        response=2.1,
        growth=0.00,
        christmas=0.9,
        summer=-0.03,
        sku_share=0.10,
        groups=("NOTEBOOK", "DESKTOP", "MONITOR", "STAMPANTI", "STORAGE", "NETWORKING", "SOFTWARE"),
        variants=("BASE", "UFFICIO", "CREATOR", "CONVERTIBILE", "APPLE", "CONSUMABILI"),
    ),
    Department(
        name="SMALL DOMESTIC APPLIANCES",
        short_name="PED",
        sales_share=0.130,
        online_share=0.30,
        price=85.0,
        margin_rate=0.275,
        promo_share=0.70,
        response=2.5,
        growth=0.03,
        christmas=1.15,
        summer=0.06,
        sku_share=0.15,
        groups=(
            "CAFFE",
            "ASPIRAPOLVERE",
            "ROBOT CUCINA",
            "FRIGGITRICI",
            "STIRO",
            "CURA PERSONA",
            "VENTILAZIONE",
            "RISCALDAMENTO",
        ),
        variants=("AUTOMATICO", "MANUALE", "SENZA FILO", "COMPATTO", "ACCESSORIATO"),
    ),
    Department(
        name="LARGE DOMESTIC APPLIANCES",
        short_name="GED",
        sales_share=0.150,
        online_share=0.25,
        price=430.0,
        margin_rate=0.205,
        promo_share=0.80,
        response=2.2,
        growth=0.01,
        christmas=0.6,
        summer=0.16,
        sku_share=0.07,
        groups=(
            "FRIGO",
            "LAVATRICI",
            "ASCIUGATRICI",
            "LAVASTOVIGLIE",
            "FORNI",
            "PIANI COTTURA",
            "CLIMATIZZATORI",
        ),
        variants=("LIBERA INST", "INCASSO", "SLIM", "CLASSE A", "COMBINATO"),
    ),
    Department(
        name="PHOTO",
        short_name="FOTO",
        sales_share=0.030,
        online_share=0.33,
        price=210.0,
        margin_rate=0.185,
        promo_share=0.60,
        response=2.0,
        growth=-0.04,
        christmas=1.0,
        summer=0.10,
        sku_share=0.04,
        groups=("MIRRORLESS", "COMPATTE", "ACTION CAM", "OBIETTIVI", "DRONI", "STAMPA FOTO"),
        variants=("KIT", "CORPO", "STARTER", "PRO"),
    ),
    Department(
        name="ACCESSORIES",
        short_name="ACCESSORI",
        sales_share=0.045,
        online_share=0.22,
        price=19.0,
        margin_rate=0.385,
        promo_share=0.85,
        response=2.4,
        growth=0.02,
        christmas=0.9,
        summer=0.02,
        sku_share=0.20,
        groups=("CELL COVER", "CARICATORI", "CAVI", "BORSE", "PILE", "MEMORIE", "PULIZIA"),
        variants=("UNIVERSALE", "ORIGINALE", "MAGNETICO", "USB-C", "AUTO", "VIAGGIO"),
    ),
    Department(
        name="MOBILITY",
        short_name="MOBILITY",
        sales_share=0.015,
        online_share=0.34,
        price=290.0,
        margin_rate=0.215,
        promo_share=0.70,
        response=2.6,
        growth=-0.05,
        christmas=0.8,
        summer=0.14,
        sku_share=0.02,
        groups=("ESCOOTER", "EBIKE", "HOVERBOARD", "CASCHI"),
        variants=("URBAN", "OFFROAD", "KIDS", "PIEGHEVOLE"),
    ),
    Department(
        name="SERVICES",
        short_name="SERVIZI",
        sales_share=0.030,
        online_share=0.14,
        price=55.0,
        margin_rate=0.455,
        promo_share=0.90,
        response=1.8,
        growth=0.05,
        christmas=0.8,
        summer=0.00,
        sku_share=0.03,
        groups=("GARANZIE", "INSTALLAZIONE", "CONSEGNA", "RIPARAZIONI"),
        variants=("BASE", "PLUS", "PREMIUM"),
    ),
    Department(
        name="ENTERTAINMENT",
        short_name="ENTERTAINMENT",
        sales_share=0.020,
        online_share=0.35,
        price=22.0,
        margin_rate=0.175,
        promo_share=0.60,
        response=2.3,
        growth=-0.06,
        christmas=1.3,
        summer=-0.04,
        sku_share=0.10,
        groups=("VIDEOGIOCHI", "MUSICA", "FILM", "GADGET", "LIBRI"),
        variants=("NOVITA", "CATALOGO", "BUDGET", "COLLEZIONE"),
    ),
)

DEPARTMENT: dict[str, Department] = {department.name: department for department in DEPARTMENTS}

WEEKDAY_PROFILE: dict[str, tuple[float, ...]] = {
    # Monday to Sunday
    "offline": (0.87, 0.85, 0.87, 0.91, 1.02, 1.40, 1.14),
    "online": (1.11, 1.02, 0.99, 0.97, 0.93, 0.90, 1.13),
}

HALO_AND_CANNIBALIZATION: tuple[tuple[str, str, float, float], ...] = (
    # source and target department (same channel), range of the effect in per cent
    ("TV", "AUDIO", 6.0, 10.0),
    ("COMPUTERS", "ACCESSORIES", 5.0, 8.0),
    ("GAMING", "ENTERTAINMENT", -9.0, -7.0),
)

ONLINE_TAKES_FROM_STORES: tuple[str, ...] = ("TELEPHONY", "COMPUTERS", "TV", "AUDIO")
"""Departments whose online promotion takes 5-8 % from the same department in stores."""

BRANDS_OF: dict[str, str] = {
    # most popular first
    "TV": "SAMSUNG LG SONY PHILIPS HISENSE TCL PANASONIC SHARP XIAOMI EPSON MELICONI",
    "GAMING": "SONY NINTENDO MICROSOFT LOGITECH ASUS RAZER TRUST HYPERX CORSAIR THRUSTMASTER MSI",
    "AUDIO": "JBL SONY BOSE APPLE SENNHEISER MARSHALL SONOS SAMSUNG PIONEER YAMAHA DENON PANASONIC",
    "TELEPHONY": "APPLE SAMSUNG XIAOMI MOTOROLA OPPO GOOGLE NOKIA HUAWEI AMAZFIT GARMIN FITBIT",
    "COMPUTERS": "HP LENOVO APPLE ASUS ACER MSI DELL EPSON BROTHER CANON SANDISK NETGEAR TPLINK",
    "SMALL DOMESTIC APPLIANCES": (
        "DELONGHI DYSON PHILIPS ROWENTA BRAUN MOULINEX TEFAL IMETEC ARIETE KENWOOD NESPRESSO "
        "LAVAZZA IROBOT ROBOROCK BABYLISS REMINGTON NINJA HOOVER"
    ),
    "LARGE DOMESTIC APPLIANCES": (
        "SAMSUNG LG BOSCH WHIRLPOOL HOTPOINT CANDY HOOVER ELECTROLUX MIELE SIEMENS SMEG ARISTON "
        "HAIER AEG BEKO HISENSE"
    ),
    "PHOTO": "CANON SONY NIKON FUJIFILM GOPRO DJI PANASONIC KODAK",
    "ACCESSORIES": "CELLULARLINE PURO ANKER BELKIN SPIGEN HAMA DURACELL VARTA SANDISK TRUST",
    "MOBILITY": "SEGWAY XIAOMI DUCATI NILOX",
    "SERVICES": "GARANTITO",
    "ENTERTAINMENT": "NINTENDO SONY FUNKO DISNEY UNIVERSAL WARNER LEGO",
}

BRANDS: tuple[str, ...] = tuple(
    dict.fromkeys(brand for brands in BRANDS_OF.values() for brand in brands.split())
)
