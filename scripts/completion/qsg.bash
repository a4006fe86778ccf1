# Completion of qsg for bash. Written by `qsg help --bash`.
# shellcheck shell=bash
_qsg() {
	local cur prev words='' command='' i word
	cur=${COMP_WORDS[COMP_CWORD]}
	prev=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		--home) ((i++)) ;;
		-*) ;;
		*)
			case $command in
			'') command=$word ;;
			'peer') command="$command $word" ;;
			'keys') command="$command $word" ;;
			'quarantine') command="$command $word" ;;
			'group') command="$command $word" ;;
			'foi') command="$command $word" ;;
			'provider') command="$command $word" ;;
			'policy') command="$command $word" ;;
			'release') command="$command $word" ;;
			'audit') command="$command $word" ;;
			'keys rotate') command="$command $word" ;;
			'audit evidence') command="$command $word" ;;
			esac
			;;
		esac
	done
	case $prev in
	--home)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	esac
	case "$command $prev" in
	'share --source') words='commissioning primary-care cqc cqc-warning-notice deanery trainee-feedback monitor healthwatch tda peer-review staff-survey professional-regulator phe ombudsman health-and-wellbeing-board safeguarding-board clinical-network clinical-senate lsamo overview-and-scrutiny royal-college provider complaint pals serious-incident never-event gp-quality-alert visit audit whistleblower patient media' ;;
	'share --kind') words='hard soft' ;;
	'share --stance') words='concern assurance good-practice' ;;
	'share --dimension') words='effectiveness safety experience' ;;
	'share --certainty') words='confirmed likely possible unverified' ;;
	'share --capacity') words='convenor direct-commissioner commissioner regulator support-unit representative' ;;
	'share --marking') words='open official official-sensitive' ;;
	'share --onward') words='none ask group' ;;
	'share --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'group create --level') words='local regional' ;;
	'group charter --level') words='local regional' ;;
	'corroborate --source') words='commissioning primary-care cqc cqc-warning-notice deanery trainee-feedback monitor healthwatch tda peer-review staff-survey professional-regulator phe ombudsman health-and-wellbeing-board safeguarding-board clinical-network clinical-senate lsamo overview-and-scrutiny royal-college provider complaint pals serious-incident never-event gp-quality-alert visit audit whistleblower patient media' ;;
	'corroborate --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'feedback --outcome') words='received under-way acted-on no-action not-borne-out passed-on' ;;
	'feedback --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'ask --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'answer --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'judge --view') words='regular-review further-information-required risk-summit-required none' ;;
	'judge --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'finding --what') words='rating finding enforcement intervention restriction' ;;
	'finding --question') words='safe effective caring responsive well-led' ;;
	'finding --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'correct --source') words='commissioning primary-care cqc cqc-warning-notice deanery trainee-feedback monitor healthwatch tda peer-review staff-survey professional-regulator phe ombudsman health-and-wellbeing-board safeguarding-board clinical-network clinical-senate lsamo overview-and-scrutiny royal-college provider complaint pals serious-incident never-event gp-quality-alert visit audit whistleblower patient media' ;;
	'correct --kind') words='hard soft' ;;
	'correct --stance') words='concern assurance good-practice' ;;
	'correct --dimension') words='effectiveness safety experience' ;;
	'correct --certainty') words='confirmed likely possible unverified' ;;
	'correct --capacity') words='convenor direct-commissioner commissioner regulator support-unit representative' ;;
	'correct --marking') words='open official official-sensitive' ;;
	'correct --onward') words='none ask group' ;;
	'correct --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'retract --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'foi log --kind') words='foi subject-access' ;;
	'foi log --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'foi decide --verdict') words='disclose withhold partly' ;;
	'foi decide --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'foi consult --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'foi view --verdict') words='no-objection objection' ;;
	'foi view --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'provider relate --type') words='nhs-trust foundation-trust primary-care independent voluntary other' ;;
	'provider relate --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'policy test --source') words='commissioning primary-care cqc cqc-warning-notice deanery trainee-feedback monitor healthwatch tda peer-review staff-survey professional-regulator phe ombudsman health-and-wellbeing-board safeguarding-board clinical-network clinical-senate lsamo overview-and-scrutiny royal-college provider complaint pals serious-incident never-event gp-quality-alert visit audit whistleblower patient media' ;;
	'policy test --kind') words='hard soft' ;;
	'policy test --stance') words='concern assurance good-practice' ;;
	'policy test --marking') words='open official official-sensitive' ;;
	'init --kind') words='nhs-england-region nhs-england-area-team ccg local-authority cqc monitor professional-regulator nhs-tda phe hee letb ombudsman nice healthwatch-local healthwatch-england provider police safeguarding-board lsamo royal-college overview-and-scrutiny other' ;;
	'group invite --as' | 'group amend --as') words='nhs-england-region nhs-england-area-team ccg local-authority cqc monitor professional-regulator nhs-tda phe hee letb ombudsman nice healthwatch-local healthwatch-england police safeguarding-board lsamo royal-college overview-and-scrutiny other' ;;
	'import --as') words='ae-attendances' ;;
	'provider import --as') words='ods-trusts ods-sites ods-practices' ;;
	esac
	[ -n "$words" ] || case $command in
	'') words='--home --json --help --version init serve card peer share records record import keys status quarantine verify group corroborate feedback ask answer requests judge finding correct retract foi provider policy release audit help' ;;
	'peer') words='add list refuse admit --help' ;;
	'keys') words='rotate --help' ;;
	'quarantine') words='list show --help' ;;
	'group') words='create charter invite join decline leave remove amend succeed convene list show readiness --help' ;;
	'foi') words='log decide consult view list schedule search --help' ;;
	'provider') words='list show relate import --help' ;;
	'policy') words='show set test --help' ;;
	'release') words='list show approve refuse --help' ;;
	'audit') words='proof shared record log witnesses evidence export check --help' ;;
	'keys rotate') words='log --help' ;;
	'audit evidence') words='list show export --home --json --help' ;;
	'init') words='--home --json --help --name --code --kind --endpoint --passphrase-file' ;;
	'serve') words='--home --json --help --listen --advertise --passphrase-file --log --accept-head' ;;
	'card') words='--home --json --help' ;;
	'peer add') words='--home --json --help --fingerprint --accept-code' ;;
	'peer list') words='--home --json --help' ;;
	'peer refuse') words='--home --json --help --reason' ;;
	'peer admit') words='--home --json --help' ;;
	'share') words='--home --json --help --to --private --yes --text --provider --site --service --ward --theme --provider-group --source --kind --stance --significant --dimension --domain --observed --received --judgement --caveat --certainty --pointer-only --capacity --marking --onward --review-on --foi-note --role --person --asked-by --source-identity --without-cqc --override --dry-run' ;;
	'records') words='--home --json --help --provider --author --type --since --all' ;;
	'record') words='--home --json --help --history --wait-ms' ;;
	'import') words='--home --json --help --as --to --private --yes --asked-by --dry-run --skip-bad' ;;
	'keys rotate log') words='--home --json --help --compromised --passphrase-file' ;;
	'status') words='--home --json --help' ;;
	'quarantine list') words='--home --json --help --limit' ;;
	'quarantine show') words='--home --json --help --out' ;;
	'verify') words='--home --json --help --passphrase-file' ;;
	'group create') words='--home --json --help --level --region --charter --role --person' ;;
	'group charter') words='--home --json --help --level' ;;
	'group invite') words='--home --json --help --as --role --person --sender-only --represented-by --fingerprint --reason --decided-on' ;;
	'group join') words='--home --json --help --reason --convenor --yes' ;;
	'group decline') words='--home --json --help --reason' ;;
	'group leave') words='--home --json --help --reason --yes' ;;
	'group remove') words='--home --json --help --reason --decided-on' ;;
	'group amend') words='--home --json --help --name --charter --as --role --person --represented-by --reason --decided-on' ;;
	'group succeed') words='--home --json --help --reason' ;;
	'group convene') words='--home --json --help' ;;
	'group list') words='--home --json --help' ;;
	'group show') words='--home --json --help' ;;
	'group readiness') words='--home --json --help' ;;
	'corroborate') words='--home --json --help --text --source --not-independent --yes --role --person --asked-by --override --dry-run' ;;
	'feedback') words='--home --json --help --text --outcome --to --yes --role --person --asked-by --override --dry-run' ;;
	'ask') words='--home --json --help --yes --provider --theme --purpose --already-held --answer-by --role --person --asked-by --override --dry-run' ;;
	'answer') words='--home --json --help --text --nothing-held --refuse --record --to-asker --yes --role --person --asked-by --override --dry-run' ;;
	'requests') words='--home --json --help --open' ;;
	'judge') words='--home --json --help --view --text --to --private --yes --role --person --asked-by --override --dry-run' ;;
	'finding') words='--home --json --help --what --value --question --text --decided-on --published --to --private --yes --role --person --asked-by --override --dry-run' ;;
	'correct') words='--home --json --help --text --provider --site --service --ward --theme --provider-group --source --kind --stance --significant --dimension --domain --observed --received --judgement --caveat --certainty --pointer-only --capacity --marking --onward --review-on --foi-note --clear --role --person --asked-by --source-identity --without-cqc --override --dry-run' ;;
	'retract') words='--home --json --help --reason --role --person --asked-by --override --dry-run' ;;
	'foi log') words='--home --json --help --received --text --kind --role --person' ;;
	'foi decide') words='--home --json --help --request --verdict --exemption --reason --role --person' ;;
	'foi consult') words='--home --json --help --text --answer-by --role --person --asked-by --override --dry-run' ;;
	'foi view') words='--home --json --help --text --role --person --asked-by --override --dry-run' ;;
	'foi list') words='--home --json --help' ;;
	'foi schedule') words='--home --json --help --out' ;;
	'foi search') words='--home --json --help' ;;
	'provider list') words='--home --json --help --group --all' ;;
	'provider show') words='--home --json --help' ;;
	'provider relate') words='--home --json --help --commissioner --host --associate --neither --home-group --type --name --site --to --yes --role --person --asked-by --dry-run' ;;
	'provider import') words='--home --json --help --as --dry-run --skip-bad' ;;
	'policy show') words='--home --json --help' ;;
	'policy set') words='--home --json --help' ;;
	'policy test') words='--home --json --help --to --type --provider --source --kind --stance --significant --marking' ;;
	'release list') words='--home --json --help' ;;
	'release show') words='--home --json --help' ;;
	'release approve') words='--home --json --help --person' ;;
	'release refuse') words='--home --json --help --person --reason' ;;
	'audit proof') words='--home --json --help' ;;
	'audit shared') words='--home --json --help --with --provider --since' ;;
	'audit record') words='--home --json --help' ;;
	'audit log') words='--home --json --help' ;;
	'audit witnesses') words='--home --json --help' ;;
	'audit evidence list') words='--home --json --help' ;;
	'audit evidence show') words='--home --json --help' ;;
	'audit evidence export') words='--home --json --help --out' ;;
	'audit export') words='--home --json --help --out --all --provider --record --since --open' ;;
	'audit check') words='--home --json --help --trust' ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	[ ${#COMPREPLY[@]} -gt 0 ] ||
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
complete -o filenames -F _qsg qsg
