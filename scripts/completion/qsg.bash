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
			'provider') command="$command $word" ;;
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
	'provider relate --type') words='nhs-trust foundation-trust primary-care independent voluntary other' ;;
	'provider relate --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'init --kind') words='nhs-england-region nhs-england-area-team ccg local-authority cqc monitor professional-regulator nhs-tda phe hee letb ombudsman nice healthwatch-local healthwatch-england provider police safeguarding-board lsamo royal-college overview-and-scrutiny other' ;;
	'import --as') words='ae-attendances' ;;
	'provider import --as') words='ods-trusts ods-sites ods-practices' ;;
	esac
	[ -n "$words" ] || case $command in
	'') words='--home --json --help --version init serve card peer share records record import keys status quarantine verify corroborate feedback ask answer requests judge finding provider audit help' ;;
	'peer') words='add list --help' ;;
	'keys') words='rotate --help' ;;
	'quarantine') words='list show --help' ;;
	'provider') words='list show relate import --help' ;;
	'audit') words='proof shared record log witnesses evidence export check --help' ;;
	'keys rotate') words='log --help' ;;
	'audit evidence') words='list show export --home --json --help' ;;
	'init') words='--home --json --help --name --code --kind --endpoint --passphrase-file' ;;
	'serve') words='--home --json --help --listen --advertise --passphrase-file --log --accept-head' ;;
	'card') words='--home --json --help' ;;
	'peer add') words='--home --json --help --fingerprint --accept-code' ;;
	'peer list') words='--home --json --help' ;;
	'share') words='--home --json --help --to --private --text --provider --site --service --ward --theme --source --kind --stance --dimension --domain --observed --received --judgement --caveat --certainty --pointer-only --capacity --marking --onward --review-on --role --person --override --dry-run' ;;
	'records') words='--home --json --help --provider --author --type --since --all' ;;
	'record') words='--home --json --help --wait-ms' ;;
	'import') words='--home --json --help --as --to --private --dry-run --skip-bad' ;;
	'keys rotate log') words='--home --json --help --compromised --passphrase-file' ;;
	'status') words='--home --json --help' ;;
	'quarantine list') words='--home --json --help --limit' ;;
	'quarantine show') words='--home --json --help --out' ;;
	'verify') words='--home --json --help --passphrase-file' ;;
	'corroborate') words='--home --json --help --text --source --not-independent --role --person --override --dry-run' ;;
	'feedback') words='--home --json --help --text --outcome --to --role --person --override --dry-run' ;;
	'ask') words='--home --json --help --provider --theme --purpose --already-held --answer-by --role --person --override --dry-run' ;;
	'answer') words='--home --json --help --text --nothing-held --refuse --record --to-asker --role --person --override --dry-run' ;;
	'requests') words='--home --json --help --open' ;;
	'judge') words='--home --json --help --view --text --to --private --role --person --override --dry-run' ;;
	'finding') words='--home --json --help --what --value --question --text --decided-on --published --to --private --role --person --override --dry-run' ;;
	'provider list') words='--home --json --help --group --all' ;;
	'provider show') words='--home --json --help' ;;
	'provider relate') words='--home --json --help --commissioner --host --associate --neither --home-group --type --name --site --to --role --dry-run' ;;
	'provider import') words='--home --json --help --as --dry-run --skip-bad' ;;
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
