"""How text becomes terms: one analyser a field, the same for works and for queries."""

from functools import cache, lru_cache

import tantivy

LANGUAGES = {"fr": "french", "en": "english"}
UNINDEXED = "unindexed"
STOP_WORDS = frozenset(
    (
        # French, folded, with the elided articles that the tokeniser sets apart
        "a ai ainsi alors apres au aucun aupres aussi autre autres aux avant avec avoir c ca car ce ceci cela "
        "celle celles celui ces cet cette ceux chaque chez ci comme comment d dans de depuis des deux donc dont "
        "du elle elles en encore entre es est et etaient etait etant ete etre eu eux fait font il ils j je jusqu "
        "l la laquelle le lequel les lesquelles leur leurs lors lorsque lui m ma mais me meme mes moins mon n ne "
        "ni nos notre nous on ont or ou par parmi pas pendant peu peut plus pour pourquoi puis qu quand que quel "
        "quelle quelles quels qui quoi s sa sans se selon ses si son sont sous sur t ta te tes ton tous tout "
        "toute toutes tres tu un une vers via vos votre vous y "
        # English
        "about after all also although among an and any are as at be because been before being between both but "
        "by can could did do does during each for from had has have he her his how i if in into is it its itself "
        "may more most no nor not of off only or other our out over own same she should so some such than that "
        "the their them then there these they this those through to too under until up was we were what when "
        "where which while who whom why will with within would you your "
    ).split()
)


@cache
def analysers() -> dict[str, tantivy.TextAnalyzer]:
    """Return the analysers by name: ``fr`` and ``en`` (stemmed), ``plain`` (not stemmed), ``unindexed`` (no term).

    All set apart what letters and digits don't join (elisions, hyphens), drop accents and case, and keep
    numbers and codes. Accents go before stemming, so that a query typed without them finds the same terms.
    """

    def folded() -> tantivy.TextAnalyzerBuilder:
        builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.remove_long(60))
        return builder.filter(tantivy.Filter.ascii_fold()).filter(tantivy.Filter.lowercase())

    nothing = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw()).filter(tantivy.Filter.remove_long(1))
    stemmed = {language: folded().filter(tantivy.Filter.stemmer(name)).build() for language, name in LANGUAGES.items()}
    return stemmed | {"plain": folded().build(), UNINDEXED: nothing.build()}


def terms(text: str, analyser: str) -> list[str]:
    """Return the terms of a text."""
    return analysers()[analyser].analyze(text)


@lru_cache(maxsize=50_000)
def readings(word: str) -> tuple[str, frozenset[str]]:
    """Return the plain term of a word as printed, and its stems in both languages."""
    plain = terms(word, "plain")
    return plain[0] if plain else "", frozenset(stem for name in LANGUAGES for stem in terms(word, name))


def plain_words(text: str) -> tuple[str, ...]:
    """Return the words of a text as the vocabulary of names and of the lexicon is looked up."""
    return tuple(terms(text.encode(errors="replace").decode(), "plain"))
