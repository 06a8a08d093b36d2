# language: nl
@netwerk @bronhouder
Functionaliteit: Bron zijn
  Een bronhouder registreert, vertelt wie het aangaat dat er iets is, en antwoordt op wie ernaar vraagt. Hoe snel een
  notificatie gaat staat nergens: wie haar de dag erna nog niet stuurde, stuurt haar niet.

  @NB-01 @iwmo @als-gemeente @NW037 @NW039 @NW049 @NW051 @NW052 @NW053 @NW054 @NW055 @NW061
  Scenario: Nieuwe toewijzing
    Gegeven een netwerk waaraan gemeente G1 en aanbieder A1 deelnemen
    Als gemeente G1 op 15-12-2025 toewijzing T2 aan aanbieder A1 registreert
    Dan notificeert gemeente G1 uiterlijk op 16-12-2025 aanbieder A1 met NIEUWE_TOEWIJZING_AANBIEDER over T2 (NW049, NW052)
    En staat T2 zoals toegewezen in wat aanbieder A1 ophaalt (NW061)

  @NB-02 @iwmo @als-gemeente @NW049 @NW061
  Scenario: Gewijzigde toewijzing
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    Als gemeente G1 op 02-02-2026 de einddatum van T2 verschuift naar 31-08-2026
    Dan notificeert gemeente G1 uiterlijk op 03-02-2026 aanbieder A1 met GEWIJZIGDE_TOEWIJZING_AANBIEDER over T2 (NW049)
    En is de einddatum van T2 in wat aanbieder A1 ophaalt 31-08-2026 (NW061)

  @NB-03 @iwmo @als-gemeente @NW049 @NW061
  Scenario: Verwijderde toewijzing
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    Als gemeente G1 op 22-12-2025 toewijzing T2 verwijdert
    Dan notificeert gemeente G1 uiterlijk op 23-12-2025 aanbieder A1 met VERWIJDERDE_TOEWIJZING_AANBIEDER over T2 (NW049)
    En is de einddatum van T2 in wat aanbieder A1 ophaalt 02-02-2026 (NW061)

  @NB-04 @iwmo @NW049 @NW053 @NW061
  Scenario: Start van een levering
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    Als aanbieder A1 op 03-02-2026 de start van T2 van gemeente G1 op 02-02-2026 registreert
    Dan notificeert aanbieder A1 uiterlijk op 04-02-2026 gemeente G1 met GESTARTE_LEVERING_GEMEENTE over de levering van T2 (NW049)
    En is de begindatum van de levering van T2 in wat gemeente G1 ophaalt 02-02-2026 (NW061)

  @NB-05 @iwmo @NW049 @NW061
  Scenario: Stop van een levering
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    En aanbieder A1 heeft op 03-02-2026 de start van T2 van gemeente G1 op 02-02-2026 geregistreerd
    Als aanbieder A1 op 01-07-2026 de stop van T2 van gemeente G1 op 30-06-2026 registreert
    Dan notificeert aanbieder A1 uiterlijk op 02-07-2026 gemeente G1 met BEEINDIGDE_LEVERING_GEMEENTE over de levering van T2 (NW049)
    En is de einddatum van de levering van T2 in wat gemeente G1 ophaalt 30-06-2026 (NW061)

  @NB-06 @iwmo @NW049 @NW061
  Scenario: Gecorrigeerde start
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    En aanbieder A1 heeft op 03-02-2026 de start van T2 van gemeente G1 op 02-02-2026 geregistreerd
    Als aanbieder A1 op 04-02-2026 de start van T2 van gemeente G1 corrigeert van 02-02-2026 naar 03-02-2026
    Dan notificeert aanbieder A1 uiterlijk op 05-02-2026 gemeente G1 met GECORRIGEERDE_LEVERING_GEMEENTE over de levering van T2 (NW049)
    En is de begindatum van de levering van T2 in wat gemeente G1 ophaalt 03-02-2026 (NW061)

  @NB-07 @iwmo @als-gemeente @NW048
  Scenario: Vraag zonder verplicht filter
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A2 geregistreerd
    Als aanbieder A1 op 16-12-2025 toewijzing T2 van gemeente G1 opvraagt zonder verplicht filter
    Dan weigert het toegangspunt de vraag met 403
    En toont het auditlog van gemeente G1 geen vraag van aanbieder A1 naar T2 (NW048)

  @NB-08 @iwmo @als-gemeente @NW048
  Scenario: Vraag met een token voor een ander adres
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A2 geregistreerd
    Als aanbieder A1 op 16-12-2025 toewijzing T2 van gemeente G1 opvraagt met een token voor een ander adres
    Dan weigert het toegangspunt de vraag met 401
    En toont het auditlog van gemeente G1 geen vraag van aanbieder A1 naar T2 (NW048)

  @NB-09 @iwmo @als-gemeente @NW048
  Scenario: Vraag met een verlopen token
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A2 geregistreerd
    Als aanbieder A1 op 16-12-2025 toewijzing T2 van gemeente G1 opvraagt met een verlopen token
    Dan weigert het toegangspunt de vraag met 401
    En toont het auditlog van gemeente G1 geen vraag van aanbieder A1 naar T2 (NW048)

  @NB-10 @iwmo @als-gemeente @NW040
  Scenario: Vraag naar het record van een ander
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    Als aanbieder A2 op 16-12-2025 toewijzing T2 van gemeente G1 opvraagt
    Dan antwoordt gemeente G1 met een lege lijst (NW040)

  @NB-11 @iwmo @als-gemeente @NW041
  Scenario: Filter op niets
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    Als aanbieder A1 op 16-12-2025 toewijzing T2 van gemeente G1 opvraagt met een filter op niets, langs het toegangspunt heen
    Dan antwoordt gemeente G1 met een fout zonder gegevens (NW041)

  @NB-12 @iwmo @als-gemeente @NW035
  Scenario: Vraag buiten het toegangspunt om
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    Als aanbieder A1 op 16-12-2025 toewijzing T2 van gemeente G1 opvraagt zonder toegangspunt
    Dan weigert gemeente G1 de vraag (NW035)

  @NB-13 @iwmo @klok @als-gemeente @NW058
  Scenario: De ontvanger ligt eruit en komt terug
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    Als de diensten van aanbieder A1 op 02-02-2026 uitvallen
    En gemeente G1 op 02-02-2026 de einddatum van T2 verschuift naar 31-08-2026
    En de diensten van aanbieder A1 op 03-02-2026 weer werken
    Dan notificeert gemeente G1 uiterlijk op 04-02-2026 aanbieder A1 met GEWIJZIGDE_TOEWIJZING_AANBIEDER over T2 alsnog (NW058)

  @NB-14 @iwmo @als-gemeente @NW074
  Scenario: Melding over een fout in een toewijzing
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    Als aanbieder A1 op 16-12-2025 aan gemeente G1 meldt dat T2 regel TR332 schendt
    Dan ontvangt gemeente G1 de melding met 200 en een nummer (NW074)
    En toont gemeente G1 de foutmelding over T2 met regel TR332 (NW074)

  @NB-15 @iwmo @als-gemeente @NW036 @NW048
  Scenario: Wie vroeg wat, op welke grond
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    Als aanbieder A1 op 16-12-2025 toewijzing T2 van gemeente G1 opvraagt
    Dan toont het auditlog van gemeente G1 de vraag van aanbieder A1 naar T2 (NW048)
    En toont het auditlog van gemeente G1 de vraag van aanbieder A1 naar T2 met token en grond (NW036)

  @NB-16 @iwmo @als-gemeente @NW037
  Scenario: Antwoord in application/json
    Gegeven gemeente G1 heeft op 15-12-2025 toewijzing T2 aan aanbieder A1 geregistreerd
    Als aanbieder A1 op 16-12-2025 toewijzing T2 van gemeente G1 opvraagt als application/json
    Dan antwoordt gemeente G1 in application/json (NW037)
