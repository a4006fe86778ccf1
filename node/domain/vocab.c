#include "domain/vocab.h"

#define VOCAB(name, words)                                                     \
	{                                                                      \
		(name), (words), sizeof(words) / sizeof((words)[0])            \
	}

static const struct vocab_word sources[] = {
	{ "commissioning", "commissioning data",
	    "contract monitoring, activity and quality returns" },
	{ "primary-care", "primary care",
	    "general practice, dentistry, pharmacy, optometry" },
	{ "cqc", "CQC", "a Care Quality Commission inspection or its data" },
	{ "cqc-warning-notice", "CQC warning notice",
	    "a warning notice the Care Quality Commission served" },
	{ "deanery", "deanery or LETB",
	    "deanery or local education and training board" },
	{ "trainee-feedback", "trainee feedback",
	    "surveys and reports of doctors and nurses in training" },
	{ "monitor", "Monitor", "Monitor's risk rating or regulatory action" },
	{ "healthwatch", "Healthwatch",
	    "local Healthwatch or Healthwatch England" },
	{ "tda", "NHS TDA", "an NHS Trust Development Authority assessment" },
	{ "peer-review", "peer review", "a review by peers" },
	{ "staff-survey", "staff survey",
	    "the NHS staff survey or a local one" },
	{ "professional-regulator", "professional regulator",
	    "the GMC, the NMC and others" },
	{ "phe", "Public Health England", "public health and outbreak data" },
	{ "ombudsman", "ombudsman", "an ombudsman's finding" },
	{ "health-and-wellbeing-board", "Health and Wellbeing Board",
	    "the local authority's Health and Wellbeing Board" },
	{ "safeguarding-board", "safeguarding board",
	    "a children's or adults' safeguarding board" },
	{ "clinical-network", "clinical network",
	    "a strategic or operational clinical network" },
	{ "clinical-senate", "clinical senate", "a clinical senate's advice" },
	{ "lsamo", "LSAMO", "local supervising authority midwifery officer" },
	{ "overview-and-scrutiny", "overview and scrutiny",
	    "an overview and scrutiny committee" },
	{ "royal-college", "Royal College",
	    "a Royal College's visit or report" },
	{ "provider", "the provider itself",
	    "what the provider says of itself" },
	{ "complaint", "complaint", "a complaint, or complaints together" },
	{ "pals", "PALS", "patient advice and liaison service" },
	{ "serious-incident", "serious incident",
	    "a reported serious incident" },
	{ "never-event", "never event", "a reported never event" },
	{ "gp-quality-alert", "GP quality alert",
	    "an alert a general practice raised" },
	{ "visit", "visit", "an announced or unannounced visit" },
	{ "audit", "audit", "a national or local clinical audit" },
	{ "whistleblower", "whistleblower",
	    "a member of staff; who it was is not shared" },
	{ "patient", "patient", "a patient, carer or family" },
	{ "media", "media", "press, broadcast or social media" },
};

static const struct vocab_word item_kinds[] = {
	{ "hard", "hard", "data: measured, counted, published" },
	{ "soft", "soft", "what people say, see and worry about" },
};

static const struct vocab_word stances[] = {
	{ "concern", "concern", "something may be wrong" },
	{ "assurance", "assurance", "a reason to be confident" },
	{ "good-practice", "good practice", "worth copying elsewhere" },
};

static const struct vocab_word dimensions[] = {
	{ "effectiveness", "effectiveness", "clinical effectiveness" },
	{ "safety", "safety", "patient safety" },
	{ "experience", "experience", "patient experience" },
};

static const struct vocab_word certainties[] = {
	{ "confirmed", "confirmed", "established, with evidence at hand" },
	{ "likely", "likely", "more probable than not" },
	{ "possible", "possible", "plausible, not established" },
	{ "unverified", "unverified", "passed on as heard" },
};

static const struct vocab_word roles[] = {
	{ "director", "director", "area, regional or executive director" },
	{ "nursing-director", "nursing director", "director of nursing" },
	{ "medical-director", "medical director", "medical director" },
	{ "compliance-manager", "compliance manager", "at CQC or Monitor" },
	{ "accountable-officer", "accountable officer", "of a CCG" },
	{ "director-of-education-quality", "director of education quality",
	    "of a local education and training board" },
	{ "analyst", "analyst", "prepares and interprets data" },
	{ "administrator", "administrator", "records on others' behalf" },
	{ "caldicott-guardian", "Caldicott guardian",
	    "answers for the protection of patient information" },
	{ "chairs-support", "chair's support", "supports the group's chair" },
};

static const struct vocab_word capacities[] = {
	{ "convenor", "convenor", "arranging and chairing the group" },
	{ "direct-commissioner", "direct commissioner",
	    "NHS England as commissioner of the service" },
	{ "commissioner", "commissioner", "commissioning the service" },
	{ "regulator", "regulator", "regulating the provider or profession" },
	{ "support-unit", "support unit",
	    "acting for one or more commissioners" },
	{ "representative", "representative",
	    "standing for several organisations" },
};

static const struct vocab_word markings[] = {
	{ "open", "open", "may be published" },
	{ "official", "official", "for work between the readers" },
	{ "official-sensitive", "official-sensitive",
	    "harm could follow if it went further: handle with care" },
};

static const struct vocab_word onward_rules[] = {
	{ "none", "not to be passed on", "readers keep it to themselves" },
	{ "ask", "ask first", "readers ask the author before passing it on" },
	{ "group", "within the group", "readers may pass it on in the group" },
};

/* QSG 7: "conclusions on providers discussed in terms of the level of
 * surveillance required, e.g. "risk summit required", "regular review" or
 * "further information required"." */
static const struct vocab_word views[] = {
	{ "regular-review", "regular review",
	    "considered at every meeting until concerns are met" },
	{ "further-information-required", "further information required",
	    "what is known does not suffice to judge" },
	{ "risk-summit-required", "risk summit required",
	    "it is failing, or may be failing, seriously" },
	{ "none", "none", "no need for more than routine surveillance" },
};

static const struct vocab_word feedback_outcomes[] = {
	{ "received", "received", "it has been read, and nothing more yet" },
	{ "under-way", "under way", "it is being looked into" },
	{ "acted-on", "acted on", "something was done because of it" },
	{ "no-action", "no action", "it was looked into; nothing was done" },
	{ "not-borne-out", "not borne out",
	    "it was looked into and not found" },
	{ "passed-on", "passed on", "to whoever has to act on it" },
};

static const struct vocab_word answer_verdicts[] = {
	{ "answered", "answered", "what was asked for is in the answer" },
	{ "nothing-held", "nothing held", "it was looked for; none is held" },
	{ "refused", "refused", "it is not given, for the reason stated" },
};

static const struct vocab_word findings[] = {
	{ "rating", "rating", "CQC's rating, overall or of one question" },
	{ "finding", "finding", "CQC's finding on the essential standards" },
	{ "enforcement", "enforcement", "what CQC does to enforce them" },
	{ "intervention", "intervention",
	    "what Monitor or the NHS TDA does to a trust" },
	{ "restriction", "restriction", "what a professional regulator does" },
};

static const struct vocab_word ratings[] = {
	{ "outstanding", "outstanding", "the highest of four" },
	{ "good", "good", "the second of four" },
	{ "requires-improvement", "requires improvement", "the third of four" },
	{ "inadequate", "inadequate", "the lowest of four" },
};

static const struct vocab_word questions[] = {
	{ "safe", "safe", "is it safe" },
	{ "effective", "effective", "is it effective" },
	{ "caring", "caring", "is it caring" },
	{ "responsive", "responsive", "is it responsive to people's needs" },
	{ "well-led", "well led", "is it well led" },
};

static const struct vocab_word standards[] = {
	{ "breach", "breach", "the essential standards are breached" },
	{ "potential-breach", "potential breach", "they may be" },
	{ "no-breach", "no breach", "they are not" },
};

static const struct vocab_word enforcements[] = {
	{ "warning-notice", "warning notice", "a warning notice" },
	{ "penalty-notice", "penalty notice", "a penalty notice" },
	{ "restriction", "restriction", "a service or ward is restricted" },
	{ "closure", "closure", "a service or ward is closed" },
	{ "criminal-proceedings", "criminal proceedings",
	    "criminal proceedings" },
	{ "suspended", "suspended", "registration is suspended" },
	{ "cancelled", "cancelled", "registration is cancelled" },
};

static const struct vocab_word interventions[] = {
	{ "additional-conditions", "additional conditions",
	    "Monitor: further conditions of the licence" },
	{ "directors-removed", "directors removed",
	    "Monitor: directors or governors removed" },
	{ "directors-appointed", "directors appointed",
	    "Monitor: directors or governors appointed" },
	{ "support", "support", "NHS TDA: support of an NHS trust" },
	{ "intervention", "intervention", "NHS TDA: intervention in one" },
};

static const struct vocab_word restrictions[] = {
	{ "practice-restricted", "practice restricted",
	    "a professional's right to practise is restricted" },
	{ "practice-removed", "practice removed",
	    "a professional's right to practise is removed" },
	{ "education-conditions", "education conditions",
	    "conditions on a provider of education" },
	{ "education-withdrawn", "education withdrawn",
	    "students or trainees are withdrawn" },
};

static const struct vocab_word levels[] = {
	{ "local", "local", "the footprint of one area team" },
	{ "regional", "regional", "one of the four regions" },
};

static const struct vocab_word cadences[] = {
	{ "monthly", "monthly", "every month" },
	{ "two-monthly", "every two months", "every two months" },
	{ "quarterly", "quarterly", "every three months" },
};

static const struct vocab_word acts[] = {
	{ "accept", "accept", "join the group as invited" },
	{ "decline", "decline", "stay out of it" },
	{ "leave", "leave", "no longer be a member" },
};

static const struct vocab_word changes[] = {
	{ "invited", "invited", "a new invitation" },
	{ "removed", "removed", "no longer in the roster" },
	{ "amended", "amended", "its entry says something else" },
};

const struct vocab *vocab_source(void)
{
	static const struct vocab vocab = VOCAB("source", sources);

	return &vocab;
}

const struct vocab *vocab_kind(void)
{
	static const struct vocab vocab = VOCAB("kind", item_kinds);

	return &vocab;
}

const struct vocab *vocab_stance(void)
{
	static const struct vocab vocab = VOCAB("stance", stances);

	return &vocab;
}

const struct vocab *vocab_dimension(void)
{
	static const struct vocab vocab = VOCAB("dimension", dimensions);

	return &vocab;
}

const struct vocab *vocab_certainty(void)
{
	static const struct vocab vocab = VOCAB("certainty", certainties);

	return &vocab;
}

const struct vocab *vocab_role(void)
{
	static const struct vocab vocab = VOCAB("role", roles);

	return &vocab;
}

const struct vocab *vocab_capacity(void)
{
	static const struct vocab vocab = VOCAB("capacity", capacities);

	return &vocab;
}

const struct vocab *vocab_marking(void)
{
	static const struct vocab vocab = VOCAB("marking", markings);

	return &vocab;
}

const struct vocab *vocab_onward(void)
{
	static const struct vocab vocab = VOCAB("onward rule", onward_rules);

	return &vocab;
}

const struct vocab *vocab_view(void)
{
	static const struct vocab vocab = VOCAB("view", views);

	return &vocab;
}

const struct vocab *vocab_outcome(void)
{
	static const struct vocab vocab = VOCAB("outcome", feedback_outcomes);

	return &vocab;
}

const struct vocab *vocab_verdict(void)
{
	static const struct vocab vocab = VOCAB("verdict", answer_verdicts);

	return &vocab;
}

const struct vocab *vocab_finding(void)
{
	static const struct vocab vocab = VOCAB("what", findings);

	return &vocab;
}

const struct vocab *vocab_rating(void)
{
	static const struct vocab vocab = VOCAB("rating", ratings);

	return &vocab;
}

const struct vocab *vocab_question(void)
{
	static const struct vocab vocab = VOCAB("question", questions);

	return &vocab;
}

const struct vocab *vocab_standard(void)
{
	static const struct vocab vocab = VOCAB("finding", standards);

	return &vocab;
}

const struct vocab *vocab_enforcement(void)
{
	static const struct vocab vocab = VOCAB("enforcement", enforcements);

	return &vocab;
}

const struct vocab *vocab_intervention(void)
{
	static const struct vocab vocab = VOCAB("intervention", interventions);

	return &vocab;
}

const struct vocab *vocab_restriction(void)
{
	static const struct vocab vocab = VOCAB("restriction", restrictions);

	return &vocab;
}

const struct vocab *vocab_level(void)
{
	static const struct vocab vocab = VOCAB("level", levels);

	return &vocab;
}

const struct vocab *vocab_cadence(void)
{
	static const struct vocab vocab = VOCAB("cadence", cadences);

	return &vocab;
}

const struct vocab *vocab_act(void)
{
	static const struct vocab vocab = VOCAB("act", acts);

	return &vocab;
}

const struct vocab *vocab_change(void)
{
	static const struct vocab vocab = VOCAB("change", changes);

	return &vocab;
}

const struct vocab_word *vocab_find(
    const struct vocab *vocab, struct span token)
{
	for (size_t i = 0; i < vocab->count; i++) {
		if (span_equal(token, span_text(vocab->words[i].token)))
			return &vocab->words[i];
	}
	return NULL;
}

bool vocab_has(const struct vocab *vocab, struct span token)
{
	return vocab_find(vocab, token) != NULL;
}

enum err vocab_require(const struct vocab *vocab, struct span token)
{
	struct buf list = { 0 };
	enum err err = ERR_OK;
	const char *text = NULL;

	if (vocab_has(vocab, token))
		return ERR_OK;
	for (size_t i = 0; i < vocab->count && err == ERR_OK; i++)
		err = buf_printf(
		    &list, "%s%s", i == 0 ? "" : ", ", vocab->words[i].token);
	if (err != ERR_OK)
		goto done;
	text = buf_text(&list);
	err = err_set(ERR_INPUT, "%s must be one of %s", vocab->name,
	    text == NULL ? "its tokens" : text);
done:
	buf_clear(&list);
	return err;
}
