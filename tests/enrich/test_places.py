"""Places printed in affiliations."""

import pytest

from carto_lib.enrich.institutions.names import segments
from carto_lib.enrich.places import Places, departments, region_of_postcode, regions


@pytest.fixture(scope="module")
def places() -> Places:
    return Places()


@pytest.mark.parametrize(
    ("raw", "country", "city"),
    [
        ("CHU de Rennes, 35033 Rennes cedex 9", "FR", "Rennes"),
        ("Dermatologie, CHU Rennes", "FR", "Rennes"),
        ("University of Western Ontario, London, Ontario", "CA", "London"),
        ("King's College London, London, UK", "GB", "London"),
        ("Paris, Texas, USA", "US", "Paris"),
        ("Tbilisi State University, Tbilisi, Georgia", "GE", "Tbilisi"),
        ("Crop and Soil Sciences, University of Georgia, Tifton, Georgia, USA", "US", "Tifton"),
        ("Princeton University, Princeton, New Jersey, 08544", "US", "Princeton"),
        ("Institut Camille Jordan [Villeurbanne]", "FR", "Villeurbanne"),
        ("Institut Fresnel, case 161, 13397 Marseille cedex 20 USA", "FR", "Marseille"),
        ("Institut de veille sanitaire, Saint-Maurice", "FR", "Saint-Maurice"),
        ("Université Pierre et Marie Curie - Paris VI", "FR", "Paris"),
        ("CHU de La Réunion, 97448 Saint-Pierre, Ile de La Reunion", "FR", "Saint-Pierre"),
        ("IAC, BP 73, 98890 Païta, New Caledonia", "NC", None),
        ("ETH Zurich, Switzerland", "CH", "Zürich"),
        ("Laboratoire Information, Milieux, Médias, Médiations - EA 3820", "FR", None),
        ("DREES", "FR", None),
        ("School of Medicine, University of Jordan, Amman, Jordan", "JO", "Amman"),
        ("University of Georgia, Athens, Georgia", "US", "Athens"),
        ("McGill University, Montreal, Quebec, Canada", "CA", "Montréal"),
        ("Dartmouth-Hitchcock Medical Center, Lebanon, New Hampshire", "US", "Lebanon"),
        ("MIT, Cambridge, MA", "US", "Cambridge"),
        ("Charité, Berlin, DE", "DE", "Berlin"),
        ("Centre Scientifique de Monaco, Monaco", "MC", "Monaco"),
        ("Registre", None, None),
        ("", None, None),
    ],
)
def test_place(places: Places, raw: str, country: str | None, city: str | None) -> None:
    where = places.locate(raw, segments(raw))
    assert where.country == country
    assert (where.city.name if where.city else None) == city


def test_saint_denis_is_on_the_mainland_unless_the_island_is_printed(places: Places) -> None:
    mainland, island = "ANSM, Saint-Denis, France", "CHU Félix-Guyon, 97400 Saint-Denis, La Réunion"
    assert places.locate(mainland, segments(mainland)).cities[0].region == "Île-de-France"
    assert places.locate(island, segments(island)).cities[0].region == "La Réunion"


def test_regions_are_those_of_2016() -> None:
    assert len(set(departments().values())) == 18
    assert len(departments()) == 101
    assert regions()["53"] == "Bretagne"
    assert [region_of_postcode(code) for code in ("20000", "97448", "00000")] == ["Corse", "La Réunion", None]
