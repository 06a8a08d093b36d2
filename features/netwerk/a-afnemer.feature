# language: nl
@netwerk @afnemer
Functionaliteit: Afnemen
  Een afnemer krijgt bericht dat er in een register iets is, en haalt bij de bron op wat er is.

  @NA-01 @iwmo @NW063 @NW012 @NW013 @NW014 @NW022 @NW023 @NW024 @NW025 @NW032 @NW081
  Scenario: Nieuwe toewijzing
    Gegeven een netwerk waaraan gemeente G1 en aanbieder A1 deelnemen
    Als gemeente G1 op 15-12-2025 toewijzing T2 aan aanbieder A1 registreert
    Dan ontvangt aanbieder A1 de notificatie over T2 met 200 en een nummer (NW063)
    En vraagt aanbieder A1 uiterlijk op 16-12-2025 T2 op bij de bron (NW024, NW032)
    En toont aanbieder A1 T2 van gemeente G1 met einddatum 30-06-2026 (NW032)

  @NA-02 @iwmo @NW032
  Scenario: Gewijzigde toewijzing
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    Als gemeente G1 op 02-02-2026 de einddatum van T2 verschuift naar 31-08-2026
    Dan vraagt aanbieder A1 uiterlijk op 03-02-2026 T2 op bij de bron (NW032)
    En toont aanbieder A1 T2 van gemeente G1 met einddatum 31-08-2026 (NW032)

  @NA-03 @iwmo @NW032
  Scenario: Verwijderde toewijzing
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    Als gemeente G1 op 22-12-2025 toewijzing T2 verwijdert
    Dan vraagt aanbieder A1 uiterlijk op 23-12-2025 T2 op bij de bron (NW032)
    En toont aanbieder A1 T2 van gemeente G1 met einddatum 02-02-2026 (NW032)

  @NA-04 @iwmo @als-gemeente @NW063 @NW024 @NW032
  Scenario: Start van een levering
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    Als aanbieder A1 op 03-02-2026 de start van T2 van gemeente G1 op 02-02-2026 registreert
    Dan ontvangt gemeente G1 de notificatie over de levering van T2 met 200 en een nummer (NW063)
    En vraagt gemeente G1 uiterlijk op 04-02-2026 de levering van T2 op bij de bron (NW024, NW032)
    En toont gemeente G1 de levering van T2 van gemeente G1 met begindatum 02-02-2026 (NW032)

  @NA-05 @iwmo @als-gemeente @NW032
  Scenario: Stop van een levering
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    En aanbieder A1 heeft op 03-02-2026 de start van T2 van gemeente G1 op 02-02-2026 geregistreerd
    Als aanbieder A1 op 01-07-2026 de stop van T2 van gemeente G1 op 30-06-2026 registreert
    Dan vraagt gemeente G1 uiterlijk op 02-07-2026 de levering van T2 op bij de bron (NW032)
    En toont gemeente G1 de levering van T2 van gemeente G1 met einddatum 30-06-2026 (NW032)

  @NA-06 @iwmo @NW018
  Scenario: Een token is verlopen
    Gegeven een netwerk waaraan gemeente G1 en aanbieder A1 deelnemen
    En het token van aanbieder A1 is verlopen
    Als gemeente G1 op 15-12-2025 toewijzing T2 aan aanbieder A1 registreert
    Dan vraagt aanbieder A1 uiterlijk op 16-12-2025 T2 op bij de bron (NW018)
    En gebruikt aanbieder A1 daarbij een nieuw token, en het verlopen token één keer (NW018)

  @NA-07 @iwmo @NW010 @NW013
  Scenario: Een register verhuist
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    Als het register met toewijzingen van gemeente G1 naar een ander adres verhuist
    En gemeente G1 op 02-02-2026 de einddatum van T2 verschuift naar 31-08-2026
    Dan vraagt aanbieder A1 uiterlijk op 03-02-2026 T2 op bij de bron (NW010, NW013)

  @NA-08 @iwmo @NW029 @NW068
  Scenario: Notificatie over het record van een ander
    Gegeven een netwerk waaraan gemeente G1 en aanbieder A1 deelnemen
    Als gemeente G1 op 15-12-2025 aanbieder A1 een notificatie stuurt over toewijzing T2 van aanbieder A2
    Dan vraagt aanbieder A1 uiterlijk op 16-12-2025 T2 op bij de bron (NW068)
    En stuurt aanbieder A1 tot en met 18-12-2025 geen foutmelding (NW029)

  @NA-09 @iwmo @NW063 @NW065
  Scenario: Dezelfde notificatie twee keer
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    Als de notificatie over T2 nog eens komt
    Dan ontvangt aanbieder A1 de notificatie over T2 met 200 en een nummer (NW063)
    En krijgt de herhaling hetzelfde nummer (NW065, eigen afleiding)

  @NA-10 @iwmo @NW063 @NW032 @NW066
  Scenario: Notificaties in de verkeerde volgorde
    Gegeven een netwerk waaraan gemeente G1 en aanbieder A1 deelnemen
    Als gemeente G1 op 15-12-2025 de notificatie van de wijziging van T2 vóór die van het ontstaan aan aanbieder A1 stuurt
    Dan ontvangt aanbieder A1 de notificatie over T2 met 200 en een nummer (NW063)
    En vraagt aanbieder A1 uiterlijk op 16-12-2025 T2 op bij de bron (NW032)
    En toont aanbieder A1 T2 van gemeente G1 met einddatum 30-06-2026 (NW066, eigen afleiding)

  @NA-11 @iwmo @klok @NW063 @NW059
  Scenario: De bron ligt eruit en komt terug
    Gegeven een netwerk waaraan gemeente G1 en aanbieder A1 deelnemen
    En de diensten van gemeente G1 zijn op 15-12-2025 uitgevallen
    Als gemeente G1 op 15-12-2025 toewijzing T2 aan aanbieder A1 registreert
    Dan ontvangt aanbieder A1 de notificatie over T2 met 200 en een nummer (NW063)
    Als de diensten van gemeente G1 op 16-12-2025 weer werken
    Dan vraagt aanbieder A1 uiterlijk op 17-12-2025 T2 op bij de bron (NW059, eigen afleiding)

  @NA-12 @iwmo @NW071 @NW013 @NW014
  Scenario: Melding over een fout in een toewijzing
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    Als aanbieder A1 op 16-12-2025 aan gemeente G1 meldt dat T2 regel TR332 schendt
    Dan meldt aanbieder A1 uiterlijk op 17-12-2025 aan gemeente G1 dat T2 regel TR332 schendt (NW071)

  @NA-13 @iwmo @NW064
  Scenario: Notificatie die voor een ander is
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    Als bij aanbieder A1 op 16-12-2025 een notificatie van gemeente G1 over T2 komt die voor aanbieder A2 is
    Dan weigert aanbieder A1 die notificatie (NW064)
