# language: nl
@estafette @aanbieder
Functionaliteit: Leveren
  De aanbieder meldt de gemeente wanneer de levering van een toegewezen product begint en eindigt.

  @LV-01 @ijw @OP271 @IV075
  Scenario: Start na toewijzing
    Gegeven een aanbieder die van gemeente G1 toewijzing T1 kent
    Als de levering van T1 begint op 05-01-2026
    Dan stuurt de aanbieder uiterlijk op 12-01-2026 een startbericht over T1 (OP271)
    En noemt het startbericht begindatum 05-01-2026 en is het een eerste aanlevering (OP271)
    En is het product van het startbericht gelijk aan dat van T1 (IV075)

  @LV-02 @ijw @OP271 @klok
  Scenario: Start bij terugwerkende kracht
    Gegeven een aanbieder die op 09-03-2026 van gemeente G1 toewijzing T1 ontving
    Als de gebruiker op 09-03-2026 meldt dat de levering van T1 op 05-01-2026 begon
    Dan stuurt de aanbieder uiterlijk op 16-03-2026 een startbericht over T1 (OP271)
    En noemt het startbericht begindatum 05-01-2026 en is het een eerste aanlevering (OP271)

  @LV-06 @ijw @OP286 @TR056
  Scenario: Start afgekeurd en opnieuw gemeld
    Gegeven een aanbieder die van gemeente G1 toewijzing T1 kent
    En gemeente G1 keurt het eerste startbericht over T1 af met 9019
    En de levering van T1 is begonnen op 05-01-2026
    Als de gebruiker op 12-01-2026 de afgekeurde start van T1 op 05-01-2026 verbetert en opnieuw verzendt
    Dan stuurt de aanbieder uiterlijk op 19-01-2026 het startbericht over T1 opnieuw, met een andere Identificatie (OP286, TR056)

  @LV-07 @ijw @IV008 @OP033
  Scenario: Correctie van de begindatum in één bericht
    Gegeven een aanbieder die van gemeente G1 toewijzing T1 kent
    En de levering van T1 is begonnen op 05-01-2026
    Als de gebruiker op 06-01-2026 de begindatum van de levering van T1 corrigeert van 05-01-2026 naar 06-01-2026
    Dan meldt de aanbieder uiterlijk op 13-01-2026 in één startbericht over T1 begindatum 05-01-2026 als verwijderd en 06-01-2026 als eerste aanlevering (IV008, OP033)

  @LV-13 @iwmo @vanaf-3.2 @OP272 @OP377 @TR414
  Scenario: Tijdelijke stop, daarna definitief met dezelfde datum
    Gegeven een aanbieder die van gemeente G1 toewijzing T7 kent
    En de levering van T7 is begonnen op 15-05-2025
    Als de levering van T7 tijdelijk stopt op 20-06-2025
    Dan stuurt de aanbieder uiterlijk op 27-06-2025 een stopbericht over T7 (OP272)
    En noemt het stopbericht begindatum 15-05-2025, einddatum 20-06-2025 en reden 20 (OP377)
    Als op 04-07-2025 blijkt dat de levering van T7 in overeenstemming definitief is gestopt op 20-06-2025
    Dan stuurt de aanbieder uiterlijk op 11-07-2025 een stopbericht over T7 (OP272)
    En noemt het stopbericht begindatum 15-05-2025, einddatum 20-06-2025 en reden 23 (TR414)

  @LV-21 @ijw @vanaf-3.2 @IV008 @OP033
  Scenario: Correctie van de reden van beëindiging
    Gegeven een aanbieder die van gemeente G1 toewijzing T8 kent
    En de levering van T8 is begonnen op 06-01-2025
    En de levering van T8 is op 17-06-2025 door de aanbieder gestopt
    Als de gebruiker op 18-06-2025 de stop van T8 op 17-06-2025 corrigeert: zij was volgens plan
    Dan meldt de aanbieder uiterlijk op 25-06-2025 in één stopbericht over T8 reden 33 als verwijderd en 31 als eerste aanlevering (IV008, OP033)
    En noemt elke melding in het stopbericht begindatum 06-01-2025 en einddatum 17-06-2025 (OP033)

  @LV-25 @ijw @OP288 @OP272
  Scenario: Stop op de einddatum van de toewijzing
    Gegeven een aanbieder die van gemeente G1 toewijzing T3 kent
    En de levering van T3 is begonnen op 02-02-2026
    Als de levering van T3 volgens plan stopt op 15-05-2026
    Dan stuurt de aanbieder uiterlijk op 22-05-2026 een stopbericht over T3 (OP272)
    En noemt het stopbericht begindatum 02-02-2026, einddatum 15-05-2026 en reden 31 (OP288)
