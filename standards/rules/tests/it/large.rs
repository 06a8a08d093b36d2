//! A large declaratie that breaks no rule within it: many clients, each with Prestaties of their own.

/// A WMO323 of about so many bytes; with `same_key` every Prestatie is on one ToewijzingNummer.
pub(crate) fn declaratie(bytes: usize, same_key: bool) -> String {
    let mut clients = String::with_capacity(bytes);
    let (mut number, mut total) = (0u64, 0u64);
    let mut bsns = (999_900_006u32..=999_999_990).filter(|bsn| elfproef(*bsn));
    while clients.len() + 2000 < bytes {
        let bsn = bsns.next().expect("there are about nine thousand test numbers");
        let mut prestaties = String::new();
        for _ in 0..6 {
            number += 1;
            total += 24_000;
            let toewijzing = if same_key { 1 } else { number };
            prestaties.push_str(&format!(
                "<m:Prestatie><m:ProductReferentie><b:ReferentieNummer>P{number}</b:ReferentieNummer></m:ProductReferentie>\
                 <m:ToewijzingNummer>{toewijzing}</m:ToewijzingNummer><m:ProductCategorie>02</m:ProductCategorie>\
                 <m:ProductCode>02A01</m:ProductCode><m:ProductPeriode><b:Begindatum>2026-03-01</b:Begindatum>\
                 <b:Einddatum>2026-03-31</b:Einddatum></m:ProductPeriode><m:GeleverdVolume>4</m:GeleverdVolume>\
                 <m:Eenheid>04</m:Eenheid><m:ProductTarief>6000</m:ProductTarief><m:IngediendBedrag>\
                 <b:Bedrag>24000</b:Bedrag><b:DebetCredit>D</b:DebetCredit></m:IngediendBedrag></m:Prestatie>\r\n"
            ));
        }
        clients.push_str(&format!(
            "<m:Client><m:Bsn>{bsn}</m:Bsn><m:Prestaties>{prestaties}</m:Prestaties></m:Client>\r\n"
        ));
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
         <m:Bericht xmlns:m=\"http://www.istandaarden.nl/iwmo/3_2/wmo323/schema\" \
         xmlns:b=\"http://www.istandaarden.nl/iwmo/3_2/basisschema/schema\"><m:Header><m:BerichtCode>484</m:BerichtCode>\
         <m:BerichtVersie>3</m:BerichtVersie><m:BerichtSubversie>2</m:BerichtSubversie><m:Afzender>98765432</m:Afzender>\
         <m:Ontvanger>0363</m:Ontvanger><m:BerichtIdentificatie><b:Identificatie>GROOT</b:Identificatie>\
         <b:Dagtekening>2026-04-07</b:Dagtekening></m:BerichtIdentificatie><m:XsdVersie>\
         <b:BasisschemaXsdVersie>1.0.0</b:BasisschemaXsdVersie><b:BerichtXsdVersie>1.0.0</b:BerichtXsdVersie></m:XsdVersie>\
         </m:Header><m:Declaratie><m:DeclaratieNummer>D1</m:DeclaratieNummer><m:DeclaratiePeriode>\
         <b:Begindatum>2026-03-01</b:Begindatum><b:Einddatum>2026-03-31</b:Einddatum></m:DeclaratiePeriode>\
         <m:DeclaratieDagtekening>2026-04-07</m:DeclaratieDagtekening><m:TotaalIngediendBedrag>\
         <b:TotaalBedrag>{total}</b:TotaalBedrag><b:DebetCredit>D</b:DebetCredit></m:TotaalIngediendBedrag>\
         <m:Clienten>{clients}</m:Clienten></m:Declaratie></m:Bericht>\r\n"
    )
}

fn elfproef(bsn: u32) -> bool {
    let digits = bsn.to_string();
    let sum: i32 = digits
        .bytes()
        .zip([9, 8, 7, 6, 5, 4, 3, 2, -1])
        .map(|(digit, weight)| i32::from(digit - b'0') * weight)
        .sum();
    sum % 11 == 0
}
