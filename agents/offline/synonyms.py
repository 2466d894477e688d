"""What people call departments in English, Italian and German.

A family only adds names to a department that the store has: it applies when the store's own name
is one of the family's words, whatever the language. The first line of a family holds the names a
store may use, the second what else is said for it.
"""

from __future__ import annotations

FAMILIES: tuple[tuple[str, str], ...] = (
    (
        "tv, tvs, television, televisions, televisione, televisori, televisore, fernseher, "
        "fernsehen, tv video, tv and video, tv e video, tv & video, tv audio, tv hifi",
        "televisioni, tv set, tv sets, fernsehgerät, fernsehgeräte, fernsehern, smart tv, oled",
    ),
    (
        "large domestic appliances, major domestic appliances, mda, large appliances, "
        "grandi elettrodomestici, ged, großgeräte, haushaltsgroßgeräte, white goods, elektrogroßgeräte",
        "major appliances, big appliances, washing machine, washing machines, fridge, fridges, "
        "refrigerators, dishwashers, elettrodomestici grandi, bianco, lavatrice, lavatrici, "
        "frigorifero, frigoriferi, frigo, lavastoviglie, weiße ware, waschmaschine, "
        "waschmaschinen, kühlschrank, kühlschränke, geschirrspüler, großgeräten",
    ),
    (
        "small domestic appliances, sda, small appliances, piccoli elettrodomestici, ped, "
        "kleingeräte, haushaltskleingeräte, elektrokleingeräte",
        "kitchen appliances, vacuum cleaners, coffee machines, elettrodomestici piccoli, "
        "aspirapolvere, macchine da caffè, kleingeräten, staubsauger, kaffeemaschinen",
    ),
    (
        "telephony, telefonia, telefonie, phones, smartphone, smartphones, mobile phones, telecom, "
        "telco, handy, handys, telecommunications",
        "phone, telephone, telephones, cell phones, cellphones, cellulare, cellulari, telefono, "
        "telefoni, telefonini, mobiltelefone, telefone, iphone, iphones",
    ),
    (
        "computers, computer, computing, informatica, it, pc, pcs, computer and tablets, notebook, "
        "notebooks, laptops",
        "laptop, portatili, portatile, tablet, tablets, rechner, desktop, desktops",
    ),
    (
        "audio, hifi, hi-fi, sound, headphones, audio hifi",
        "headphone, headset, headsets, speakers, soundbar, soundbars, cuffie, cuffia, casse, "
        "altoparlanti, kopfhörer, kopfhörern, lautsprecher, lautsprechern",
    ),
    (
        "photo, photography, foto, fotografia, fotografie, imaging, photo video, foto video, cameras",
        "camera, photos, fotocamere, fotocamera, macchine fotografiche, kamera, kameras",
    ),
    (
        "gaming, games, videogames, video games, videogiochi, videospiele, console, consoles",
        "game, gamers, videogame, videogioco, gioco, giochi, konsole, konsolen, spielkonsolen, "
        "spielekonsolen, playstation, xbox, nintendo",
    ),
    (
        "accessories, accessori, zubehör, accessory",
        "accessorio, cables, cavi, custodie, kabel, cases",
    ),
    (
        "mobility, mobilità, mobilität, micromobility, e-mobility, emobility, urban mobility",
        "e-scooter, e-scooters, escooter, escooters, scooters, e-bikes, ebikes, monopattino, "
        "monopattini, bici elettriche, e-roller, elektroroller, roller",
    ),
    (
        "services, servizi, dienstleistungen, service, dienste, serviceleistungen",
        "warranties, warranty, garanzie, extended warranty, garantien, installations",
    ),
    (
        "entertainment, intrattenimento, unterhaltung, media, software, music and film",
        "movies, films, dvd, blu-ray, musik, filme, film, musica",
    ),
    (
        "home, casa, home and garden, haushalt, smart home, domotica, home comfort",
        "casa intelligente",
    ),
    (
        "climate, air conditioning, clima, climatizzazione, klima, air treatment",
        "air conditioner, air conditioners, condizionatori, condizionatore, climatizzatori, "
        "klimageräte, klimaanlagen, fans, ventilatori, ventilatoren",
    ),
    (
        "personal care, beauty, cura della persona, körperpflege, health and beauty, benessere",
        "shavers, hair dryers, rasoi, asciugacapelli, rasierer, föhn",
    ),
    (
        "printers, stampanti, drucker, printing, office, ufficio, büro",
        "printer, stampante, ink, toner, inchiostro, druckern, tinte",
    ),
    (
        "wearables, indossabili, smartwatches, smartwatch",
        "smart watches, fitness trackers, smart watch, orologi, uhren",
    ),
    ("built-in, incasso, built in appliances, einbaugeräte", "da incasso, einbau"),
    ("toys, giocattoli, spielwaren, spielzeug", "toy, giocattolo"),
    ("books, libri, bücher", "book, libro, buch"),
    ("furniture, mobili, möbel", "möbeln"),
    ("clothing, apparel, abbigliamento, bekleidung, kleidung, fashion, moda", "clothes, vestiti"),
    ("shoes, scarpe, schuhe, footwear, calzature", "schuhen"),
    ("food, grocery, alimentari, lebensmittel, groceries", "cibo"),
    ("sports, sport, sporting goods, sportartikel", "articoli sportivi"),
    ("garden, giardino, garten, giardinaggio", "gardening"),
    ("tools, utensili, werkzeug, werkzeuge, diy, fai da te", "tool, bricolage"),
)
"""(names a store may use, what else people say), comma-separated."""

PLAIN_WORDS: frozenset[str] = frozenset(
    # English
    "a about above action after again against all also am an and any anything approval are as at "
    "attractive away back be because been before behind below best better between big both brief budget but by can "
    "campaign campaigns can't cap categories category change channel channels clients close "
    "compare cost could coupon customers data day days deal deals deep deeper department "
    "departments depth discount discounts do does don't down each every everyone everything few "
    "first fixed flash floor for forecast from full gap get give go goal good great have he help "
    "her his how i if in instead into is it its just keep last less let like little long low "
    "loyal loyalty make many margin margins max maximum me members month more most much my name need new "
    "next no not nothing now of off offer offers offline ok on one online only option options or "
    "other our out over per percent performance period plan planning plans please price prices "
    "products profit promo promos promotion promotions propose put quarter rest result results "
    "revenue risk run sale sales same saturday save scenario scenarios second segment segments "
    "several shall she shop shops should show side so some something special spend start stock "
    "store stores strong sunday sure take target targets tell than thanks that the their them "
    "then there these they thing things this three time to today together tomorrow too top total "
    "turnover two under until up us use value very want was way we web website week weekend weeks were "
    "what when where which who whole why will with without work would year yes yesterday you your "
    "christmas summer winter spring easter black friday boost increase grow push cut lower raise "
    "small large major minor general domestic mobile "
    "cover reach hit recover below site conservative balanced aggressive safe bold stronger "
    # Italian
    "ad agli ai al alla alle allo anche ancora anno approvazione attenzione avere avremmo azione "
    "base basta bene bisogno buono canale canali categoria categorie che chi chiudere ci clienti "
    "col come con cosa costo cui da dal dalla dalle dare degli dei del della delle dello di dopo "
    "dove due e ed entrambi era esclusi fa fai fammi fare fascia fatturato fedeli fine fino forte "
    "fra giorni giorno gli grande ha hanno ho i il in indietro invece io la le lei lo loro lui ma "
    "margine massimo me mese meno mi migliore minimo molto ne negli negozi negozio nei nel nella "
    "nelle noi non nostri nostro nulla nuovi nuovo o obiettivo offerta offerte ogni oltre online "
    "ora ottimo per perche periodo pero piacere piano piu poi prezzi prezzo prima pro prodotti "
    "profitto promo promozione promozioni proposta qualche qualcosa quale quali quando quanto "
    "quello questa queste questo qui recuperare reparti reparto rischio saldo sara sarebbe sconti "
    "sconto se secondo segmenti segmento sei senza sera servono serve settimana si sia siamo sito "
    "solo sono sopra sotto stesso su sugli sui sul sulla sulle target te tra tre tutta tutte tutti "
    "tutto un una uno va valore vendere vendita vendite vendono vi via volta vorrei natale estate "
    "inverno primavera pasqua fallo favore proponi prepara pianifica crea "
    # German
    "ab aber aktion aktionen alle allem allen alles als also am an andere angebot angebote auch "
    "auf aus bei beide bereich bereiche beste besser bis bitte brauchen bringen budget da damit "
    "danach dann das dass dem den denn der des die dies diese diesem diesen dieser doch dort drei "
    "du durch ein eine einem einen einer eines einige er erste erwarten es etwas fur ganze ganzen "
    "gegen genehmigung gewinn gibt gut gute hat haben hier hinter hochstens ich ihn ihr im immer "
    "in ist ja jahr jede jeden jetzt kampagne kampagnen kanal kanale kann kategorie kein keine "
    "kosten kunden letzte machen mal man marge margen maximal mehr mein mich mindestens mir mit "
    "monat muss nach nachlass nachste nachsten neue nicht nichts noch nun nur ob oder ohne plan "
    "plane planen preis preise produkte prozent rabatt rabatte ruckstand schon sein sich sie sind "
    "so soll sollen sollte sondern stark stuck tag tage uber um umsatz und uns unser unsere "
    "unter verkaufen viel vom von vor ware waren warengruppe warengruppen warum was weg wegen "
    "welche wenig weniger wenn wer werden wie wieder wir wird wo woche wochen wollen zeitraum ziel "
    "zu zum zur zusammen zwei weihnachten sommer winter ostern abteilung abteilungen brauche "
    "filialen filiale markt markte szenario szenarien vorschlag".split()
)
"""Everyday words of planning talk: none of them is taken for an unknown department."""
