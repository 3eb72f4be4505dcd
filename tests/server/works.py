"""Invented works, and how each of the four APIs would give them."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

FAMILY = ("Martin", "Lefèvre", "O'Neill", "Garnier", "N'Diaye", "Müller", "Le Goff", "Castañeda", "Dubois", "Šimić")
GIVEN = ("Ada", "Émile", "Chloé", "Jean-Marc", "Awa", "Ilse", "Yann", "Inès")
TOPICS = ("diabetes", "heart failure", "stroke", "epilepsy", "asthma", "breast cancer", "hip fracture", "psoriasis")
DRUGS = ("metformin", "apixaban", "valproate", "rituximab", "tramadol", "tocilizumab", "warfarin")
PLACES = (
    ("Inserm, CESP, Villejuif, France", "Inserm", 303623, "fr"),
    ("CHU de Rennes, Service de pharmacologie, 35000 Rennes, France", "CHU de Rennes", 300308, "fr"),
    ("Université de Bordeaux, Bordeaux, France", "Université de Bordeaux", 259761, "fr"),
    ("EPI-PHARE, ANSM-CNAM, Saint-Denis, France", "EPI-PHARE", 1042601, "fr"),
    ("Department of Epidemiology, Utrecht University, Utrecht, The Netherlands", "Utrecht University", 300777, "nl"),
)
JOURNALS = (("Journal of invented epidemiology", "1234-5679"), ("Revue des essais fictifs", "8765-4326"))


@dataclass(frozen=True)
class Work:
    """One invented work; its number decides everything, so that it is the same in every run."""

    number: int

    @property
    def topic(self) -> str:
        return TOPICS[self.number % len(TOPICS)]

    @property
    def drug(self) -> str:
        return DRUGS[self.number % len(DRUGS)]

    @property
    def names_snds(self) -> bool:
        return self.number % 5 == 0

    @property
    def title(self) -> str:
        if self.number % 20 == 0:
            return f"Utilisation de {self.drug} et {self.topic} : étude n° {self.number} dans le SNDS"
        return f"Use of {self.drug} & risk of {self.topic}: study no. {self.number} (p < 0.05)"

    @property
    def abstract(self) -> str:
        data = "We followed patients of two clinics."
        if self.names_snds:
            data = "We used the French National Health Data System (SNDS), which covers 99% of residents in France."
        elif self.number % 5 == 1:
            data = "We used the French national hospital discharge database (PMSI)."
        elif self.number % 5 == 2:
            data = "Mail was filtered with the Smart Network Data Services (SNDS)."
        return f"The risk of {self.topic} under {self.drug} is unknown. {data} The risk ratio was 1.{self.number:03d}."

    @property
    def keywords(self) -> list[str]:
        return [self.topic, self.drug, "cohort study"]

    @property
    def language(self) -> str:
        return "fr" if self.number % 20 == 0 else "en"

    @property
    def year(self) -> int:
        return 2010 + self.number % 15

    @property
    def day(self) -> str:
        return f"{self.year}-{self.number % 12 + 1:02d}-{self.number % 28 + 1:02d}"

    @property
    def journal(self) -> tuple[str, str]:
        return JOURNALS[self.number % 2]

    @property
    def doi(self) -> str:
        return f"10.99999/Carto.{self.number:04d}"

    @property
    def pmid(self) -> str:
        return str(90_000_000 + self.number)

    @property
    def hal_id(self) -> str:
        return f"hal-0990{self.number:04d}"

    @property
    def openalex_id(self) -> str:
        return f"W99000{self.number:05d}"

    @property
    def authors(self) -> list[tuple[str, str, tuple[str, str, int, str]]]:
        count = self.number % 4 + 1
        return [
            (
                GIVEN[(self.number + n) % len(GIVEN)],
                FAMILY[(self.number * 3 + n) % len(FAMILY)],
                PLACES[(self.number + n) % len(PLACES)],
            )
            for n in range(count)
        ]

    def pubmed(self) -> str:
        """Return the work as ``<PubmedArticle>``."""
        year, month, day = self.day.split("-")
        journal, issn = self.journal
        authors = "".join(
            f'<Author ValidYN="Y"><LastName>{escape(family)}</LastName><ForeName>{given}</ForeName>'
            f"<Initials>{given[0]}</Initials><AffiliationInfo><Affiliation>{place[0]}. Electronic address: "
            f"{given.lower()}@example.org.</Affiliation></AffiliationInfo></Author>"
            for given, family, place in self.authors
        )
        title, vernacular = escape(self.title), ""
        if self.language == "fr":
            vernacular = f"<VernacularTitle>{title}.</VernacularTitle>"
            title = f"[Use of {self.drug} and {self.topic}: study no. {self.number} in the SNDS]"
        dated = f"<Year>{year}</Year><Month>{month}</Month><Day>{day}</Day>"
        keywords = "".join(f'<Keyword MajorTopicYN="N">{word}</Keyword>' for word in self.keywords)
        return (
            f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{self.pmid}</PMID>'
            f'<Article PubModel="Print"><Journal><ISSN IssnType="Electronic">{issn}</ISSN><JournalIssue '
            f'CitedMedium="Internet"><PubDate><Year>{year}</Year><Month>{month}</Month></PubDate></JournalIssue>'
            f"<Title>{journal}</Title></Journal><ArticleTitle>{title}.</ArticleTitle>"
            f'<ELocationID EIdType="doi" ValidYN="Y">{self.doi}</ELocationID><Abstract><AbstractText>'
            f'{escape(self.abstract)}</AbstractText></Abstract><AuthorList CompleteYN="Y">{authors}</AuthorList>'
            f"<Language>{'fre' if self.language == 'fr' else 'eng'}</Language><PublicationTypeList><PublicationType "
            f'UI="D016428">Journal Article</PublicationType></PublicationTypeList>{vernacular}</Article>'
            f"<MedlineJournalInfo><ISSNLinking>{issn}</ISSNLinking></MedlineJournalInfo>"
            f'<KeywordList Owner="NOTNLM">{keywords}</KeywordList></MedlineCitation><PubmedData><History>'
            f'<PubMedPubDate PubStatus="entrez">{dated}</PubMedPubDate></History><ArticleIdList>'
            f'<ArticleId IdType="pubmed">{self.pmid}</ArticleId><ArticleId IdType="doi">{self.doi}</ArticleId>'
            "</ArticleIdList></PubmedData></PubmedArticle>"
        )

    def europepmc(self) -> dict:
        """Return the work as a result of ``resultType=core``."""
        journal, issn = self.journal
        return {
            "id": self.pmid,
            "source": "MED",
            "pmid": self.pmid,
            "doi": self.doi,
            "title": f"{escape(self.title)}.",
            "authorString": ", ".join(f"{family} {given[0]}" for given, family, _ in self.authors) + ".",
            "authorList": {
                "author": [
                    {
                        "fullName": f"{family} {given[0]}",
                        "firstName": given,
                        "lastName": family,
                        "initials": given[0],
                        "authorAffiliationDetailsList": {"authorAffiliation": [{"affiliation": f"{place[0]}."}]},
                    }
                    for given, family, place in self.authors
                ]
            },
            "journalInfo": {
                "yearOfPublication": self.year,
                "printPublicationDate": self.day,
                "journal": {"title": journal, "issn": issn, "essn": issn},
            },
            "pubYear": str(self.year),
            "abstractText": f"<h4>Background</h4>{escape(self.abstract)}",
            "language": "fre" if self.language == "fr" else "eng",
            "pubTypeList": {"pubType": ["research-article", "Journal Article"]},
            "keywordList": {"keyword": self.keywords},
            "isOpenAccess": "N",
            "inEPMC": "N",
            "citedByCount": self.number % 40,
            "firstPublicationDate": self.day,
        }

    def openalex(self) -> dict:
        """Return the work as a result of ``/works``."""
        journal, issn = self.journal
        positions: dict[str, list[int]] = {}
        for place, word in enumerate(self.abstract.split()):
            positions.setdefault(word, []).append(place)
        source = {
            "id": "https://openalex.org/S99",
            "display_name": journal,
            "issn_l": issn,
            "issn": [issn],
            "type": "journal",
        }
        return {
            "id": f"https://openalex.org/{self.openalex_id}",
            "doi": f"https://doi.org/{self.doi.lower()}",
            "title": self.title,
            "display_name": self.title,
            "publication_year": self.year,
            "publication_date": self.day,
            "ids": {
                "openalex": f"https://openalex.org/{self.openalex_id}",
                "pmid": f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}",
            },
            "language": self.language,
            "primary_location": {"is_oa": False, "landing_page_url": f"https://doi.org/{self.doi}", "source": source},
            "type": "article",
            "open_access": {"is_oa": False, "oa_status": "closed", "oa_url": None},
            "authorships": [
                {
                    "author_position": "first" if n == 0 else "middle",
                    "author": {"id": f"https://openalex.org/A9{n}", "display_name": f"{given} {family}", "orcid": None},
                    "institutions": [{"display_name": place[1], "ror": None, "country_code": place[3].upper()}],
                    "is_corresponding": n == 0,
                    "raw_author_name": f"{given} {family}",
                    "raw_affiliation_strings": [place[0]],
                }
                for n, (given, family, place) in enumerate(self.authors)
            ],
            "is_retracted": False,
            "cited_by_count": self.number % 40,
            "topics": [],
            "keywords": [],
            "referenced_works": [],
            "abstract_inverted_index": positions,
        }

    def hal(self) -> dict:
        """Return the work as a document of ``/search/``."""
        structures = [
            f"{1000 + n}-{2000 + n}_FacetSep_{given} {family}_JoinSep_{place[2]}_FacetSep_{place[1]}"
            for n, (given, family, place) in enumerate(self.authors)
        ]
        return {
            "docid": str(9_900_000 + self.number),
            "halId_s": self.hal_id,
            "version_i": 1,
            "uri_s": f"https://hal.science/{self.hal_id}",
            "docType_s": "ART",
            "title_s": [self.title],
            f"{self.language}_title_s": [self.title],
            "abstract_s": [self.abstract],
            "keyword_s": self.keywords,
            "language_s": [self.language],
            "producedDateY_i": self.year,
            "producedDate_s": self.day,
            "journalTitle_s": self.journal[0],
            "journalIssn_s": self.journal[1],
            "doiId_s": self.doi,
            "authFullName_s": [f"{given} {family}" for given, family, _ in self.authors],
            "authIdHasStructure_fs": structures,
            "structName_s": [place[1] for *_, place in self.authors],
            "structCountry_s": [place[3] for *_, place in self.authors],
            "openAccess_bool": False,
        }


WORKS = {
    "pubmed": [Work(number) for number in range(450)],
    "europepmc": [Work(number) for number in range(100, 350)],
    "openalex": [Work(number) for number in range(230)],
    "hal": [Work(number) for number in range(220, 470)],
}
