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
		--home | --account | --password-file) ((i++)) ;;
		-*) ;;
		*)
			case $command in
			'') command=$word ;;
			'peer') command="$command $word" ;;
			'keys') command="$command $word" ;;
			'quarantine') command="$command $word" ;;
			'group') command="$command $word" ;;
			'foi') command="$command $word" ;;
			'onward') command="$command $word" ;;
			'provider') command="$command $word" ;;
			'summit') command="$command $word" ;;
			'alarm') command="$command $word" ;;
			'action') command="$command $word" ;;
			'policy') command="$command $word" ;;
			'release') command="$command $word" ;;
			'erase') command="$command $word" ;;
			'retention') command="$command $word" ;;
			'account') command="$command $word" ;;
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
	'foi close --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'foi consult --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'foi view --verdict') words='no-objection objection' ;;
	'foi view --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'grant --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'onward ask --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'onward answer --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'provider relate --type') words='nhs-trust foundation-trust primary-care independent voluntary other' ;;
	'provider relate --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'summit trigger --urgency') words='now 24h 48h' ;;
	'summit trigger --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'summit request --urgency') words='now 24h 48h' ;;
	'summit request --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'summit respond --answer') words='attending sending-information nothing-held' ;;
	'summit respond --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'summit judge --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'summit impact --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'summit ring --act') words='nominate accept decline agree hand-over take' ;;
	'summit ring --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'summit convene --purpose') words='judging response review' ;;
	'summit convene --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'summit meeting --act') words='attend note agree dissent' ;;
	'summit meeting --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'summit invite --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'summit check --check') words='professional-standards adult-safeguarding child-safeguarding' ;;
	'summit check --answer') words='nothing-arises arises referred protocol-followed board-engaged' ;;
	'summit check --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'summit stand-down --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'summit object --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'alarm seen --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'action add --aim') words='safeguard continuity improvement' ;;
	'action add --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'action accept --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'action decline --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'action progress --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'action close --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'action hand-over --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'action withdraw --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'action raise --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'action import --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'policy test --source') words='commissioning primary-care cqc cqc-warning-notice deanery trainee-feedback monitor healthwatch tda peer-review staff-survey professional-regulator phe ombudsman health-and-wellbeing-board safeguarding-board clinical-network clinical-senate lsamo overview-and-scrutiny royal-college provider complaint pals serious-incident never-event gp-quality-alert visit audit whistleblower patient media' ;;
	'policy test --kind') words='hard soft' ;;
	'policy test --stance') words='concern assurance good-practice' ;;
	'policy test --marking') words='open official official-sensitive' ;;
	'erase --role') words='director nursing-director medical-director compliance-manager accountable-officer director-of-education-quality analyst administrator caldicott-guardian chairs-support' ;;
	'account add --role') words='viewer contributor approver chair-support caldicott-guardian administrator' ;;
	'init --kind') words='nhs-england-region nhs-england-area-team ccg local-authority cqc monitor professional-regulator nhs-tda phe hee letb ombudsman nice healthwatch-local healthwatch-england provider police safeguarding-board lsamo royal-college overview-and-scrutiny other' ;;
	'group invite --as' | 'group amend --as') words='nhs-england-region nhs-england-area-team ccg local-authority cqc monitor professional-regulator nhs-tda phe hee letb ombudsman nice healthwatch-local healthwatch-england police safeguarding-board lsamo royal-college overview-and-scrutiny other' ;;
	'import --as') words='ae-attendances' ;;
	'provider import --as') words='ods-trusts ods-sites ods-practices' ;;
	esac
	[ -n "$words" ] || case $command in
	'') words='--home --json --help --version init serve card peer share records record import keys status quarantine verify group corroborate feedback ask answer requests judge finding correct retract foi grant onward provider summit alarm watch action policy release erase retention account activity audit help' ;;
	'peer') words='add list refuse admit --help' ;;
	'keys') words='rotate --help' ;;
	'quarantine') words='list show --help' ;;
	'group') words='create charter invite join decline leave remove amend succeed convene list show readiness --help' ;;
	'foi') words='log decide close consult view list schedule search --help' ;;
	'onward') words='ask answer list --help' ;;
	'provider') words='list show relate import --help' ;;
	'summit') words='trigger request respond judge impact ring convene meeting invite check stand-down object list show timeline requests report --help' ;;
	'alarm') words='list seen --help' ;;
	'action') words='add accept decline progress close hand-over withdraw raise list show import export --help' ;;
	'policy') words='show set test --help' ;;
	'release') words='list show approve refuse --help' ;;
	'erase') words='hold release-hold list --home --account --password-file --json --help --reason --yes --role --person --all-versions --despite-request --dry-run' ;;
	'retention') words='show set run --help' ;;
	'account') words='add list whoami disable enable password scope --help' ;;
	'audit') words='proof shared record log witnesses evidence export check --help' ;;
	'keys rotate') words='log --help' ;;
	'audit evidence') words='list show export --home --account --password-file --json --help' ;;
	'init') words='--home --account --password-file --json --help --name --code --kind --endpoint --passphrase-file' ;;
	'serve') words='--home --account --password-file --json --help --listen --advertise --passphrase-file --log --accept-head' ;;
	'card') words='--home --account --password-file --json --help' ;;
	'peer add') words='--home --account --password-file --json --help --fingerprint --accept-code' ;;
	'peer list') words='--home --account --password-file --json --help' ;;
	'peer refuse') words='--home --account --password-file --json --help --reason' ;;
	'peer admit') words='--home --account --password-file --json --help' ;;
	'share') words='--home --account --password-file --json --help --to --private --yes --text --provider --site --service --ward --theme --provider-group --source --kind --stance --significant --dimension --domain --observed --received --judgement --caveat --certainty --pointer-only --capacity --marking --onward --review-on --foi-note --role --person --asked-by --source-identity --without-cqc --override --dry-run' ;;
	'records') words='--home --account --password-file --json --help --provider --author --type --since --all' ;;
	'record') words='--home --account --password-file --json --help --history --wait-ms' ;;
	'import') words='--home --account --password-file --json --help --as --to --private --yes --asked-by --dry-run --skip-bad' ;;
	'keys rotate log') words='--home --account --password-file --json --help --compromised --passphrase-file' ;;
	'status') words='--home --account --password-file --json --help' ;;
	'quarantine list') words='--home --account --password-file --json --help --limit' ;;
	'quarantine show') words='--home --account --password-file --json --help --out' ;;
	'verify') words='--home --account --password-file --json --help --passphrase-file' ;;
	'group create') words='--home --account --password-file --json --help --level --region --charter --role --person' ;;
	'group charter') words='--home --account --password-file --json --help --level' ;;
	'group invite') words='--home --account --password-file --json --help --as --role --person --sender-only --represented-by --fingerprint --reason --decided-on' ;;
	'group join') words='--home --account --password-file --json --help --reason --convenor --yes' ;;
	'group decline') words='--home --account --password-file --json --help --reason' ;;
	'group leave') words='--home --account --password-file --json --help --reason --yes' ;;
	'group remove') words='--home --account --password-file --json --help --reason --decided-on' ;;
	'group amend') words='--home --account --password-file --json --help --name --charter --as --role --person --represented-by --reason --decided-on' ;;
	'group succeed') words='--home --account --password-file --json --help --reason' ;;
	'group convene') words='--home --account --password-file --json --help' ;;
	'group list') words='--home --account --password-file --json --help' ;;
	'group show') words='--home --account --password-file --json --help' ;;
	'group readiness') words='--home --account --password-file --json --help' ;;
	'corroborate') words='--home --account --password-file --json --help --text --source --not-independent --yes --role --person --asked-by --override --dry-run' ;;
	'feedback') words='--home --account --password-file --json --help --text --outcome --to --yes --role --person --asked-by --override --dry-run' ;;
	'ask') words='--home --account --password-file --json --help --yes --provider --theme --purpose --already-held --answer-by --role --person --asked-by --override --dry-run' ;;
	'answer') words='--home --account --password-file --json --help --text --nothing-held --refuse --record --to-asker --yes --role --person --asked-by --override --dry-run' ;;
	'requests') words='--home --account --password-file --json --help --open' ;;
	'judge') words='--home --account --password-file --json --help --view --text --to --private --yes --role --person --asked-by --override --dry-run' ;;
	'finding') words='--home --account --password-file --json --help --what --value --question --text --decided-on --published --to --private --yes --role --person --asked-by --override --dry-run' ;;
	'correct') words='--home --account --password-file --json --help --text --provider --site --service --ward --theme --provider-group --source --kind --stance --significant --dimension --domain --observed --received --judgement --caveat --certainty --pointer-only --capacity --marking --onward --review-on --foi-note --clear --role --person --asked-by --source-identity --without-cqc --override --dry-run' ;;
	'retract') words='--home --account --password-file --json --help --reason --role --person --asked-by --override --dry-run' ;;
	'foi log') words='--home --account --password-file --json --help --received --text --kind --role --person' ;;
	'foi decide') words='--home --account --password-file --json --help --request --verdict --exemption --reason --role --person' ;;
	'foi close') words='--home --account --password-file --json --help --reason --role --person' ;;
	'foi consult') words='--home --account --password-file --json --help --text --answer-by --role --person --asked-by --override --dry-run' ;;
	'foi view') words='--home --account --password-file --json --help --text --role --person --asked-by --override --dry-run' ;;
	'foi list') words='--home --account --password-file --json --help' ;;
	'foi schedule') words='--home --account --password-file --json --help --out' ;;
	'foi search') words='--home --account --password-file --json --help' ;;
	'grant') words='--home --account --password-file --json --help --to --reason --group --since --yes --role --person --asked-by --override --dry-run' ;;
	'onward ask') words='--home --account --password-file --json --help --to --reason --yes --role --person --asked-by --override --dry-run' ;;
	'onward answer') words='--home --account --password-file --json --help --reason --yes --role --person --asked-by --override --dry-run' ;;
	'onward list') words='--home --account --password-file --json --help --open' ;;
	'provider list') words='--home --account --password-file --json --help --group --all' ;;
	'provider show') words='--home --account --password-file --json --help' ;;
	'provider relate') words='--home --account --password-file --json --help --commissioner --host --associate --neither --home-group --type --name --site --to --yes --role --person --asked-by --dry-run' ;;
	'provider import') words='--home --account --password-file --json --help --as --dry-run --skip-bad' ;;
	'summit trigger') words='--home --account --password-file --json --help --provider --concern --urgency --evidence --group --invite --without --answers --anyway --yes --role --person --asked-by --override --dry-run' ;;
	'summit request') words='--home --account --password-file --json --help --provider --concern --urgency --evidence --to --yes --role --person --asked-by --override --dry-run' ;;
	'summit respond') words='--home --account --password-file --json --help --text --evidence --yes --role --person --asked-by --override --dry-run' ;;
	'summit judge') words='--home --account --password-file --json --help --finding --text --evidence --yes --role --person --asked-by --override --dry-run' ;;
	'summit impact') words='--home --account --password-file --json --help --considered --question --text --evidence --yes --role --person --asked-by --override --dry-run' ;;
	'summit ring') words='--home --account --password-file --json --help --text --yes --role --person --asked-by --override --dry-run' ;;
	'summit convene') words='--home --account --password-file --json --help --at --place --purpose --replaces --text --yes --role --person --asked-by --override --dry-run' ;;
	'summit meeting') words='--home --account --password-file --json --help --meeting --who --from --until --text --evidence --yes --role --person --asked-by --override --dry-run' ;;
	'summit invite') words='--home --account --password-file --json --help --grant --text --yes --role --person --asked-by --override --dry-run' ;;
	'summit check') words='--home --account --password-file --json --help --answer --text --evidence --yes --role --person --asked-by --override --dry-run' ;;
	'summit stand-down') words='--home --account --password-file --json --help --reason --yes --role --person --asked-by --override --dry-run' ;;
	'summit object') words='--home --account --password-file --json --help --text --to --yes --role --person --asked-by --override --dry-run' ;;
	'summit list') words='--home --account --password-file --json --help --open --provider' ;;
	'summit show') words='--home --account --password-file --json --help' ;;
	'summit timeline') words='--home --account --password-file --json --help' ;;
	'summit requests') words='--home --account --password-file --json --help --open' ;;
	'summit report') words='--home --account --password-file --json --help --out' ;;
	'alarm list') words='--home --account --password-file --json --help --all' ;;
	'alarm seen') words='--home --account --password-file --json --help --role --person' ;;
	'watch') words='--home --account --password-file --json --help --hook --once' ;;
	'action add') words='--home --account --password-file --json --help --what --owner --due --measure --aim --kind --provider --lead --section --number --summit --judgement --evidence --group --to --yes --role --person --asked-by --override --dry-run' ;;
	'action accept') words='--home --account --password-file --json --help --text --yes --role --person --asked-by --override --dry-run' ;;
	'action decline') words='--home --account --password-file --json --help --text --yes --role --person --asked-by --override --dry-run' ;;
	'action progress') words='--home --account --password-file --json --help --text --evidence --yes --role --person --asked-by --override --dry-run' ;;
	'action close') words='--home --account --password-file --json --help --text --evidence --yes --role --person --asked-by --override --dry-run' ;;
	'action hand-over') words='--home --account --password-file --json --help --text --yes --role --person --asked-by --override --dry-run' ;;
	'action withdraw') words='--home --account --password-file --json --help --text --yes --role --person --asked-by --override --dry-run' ;;
	'action raise') words='--home --account --password-file --json --help --text --yes --role --person --asked-by --override --dry-run' ;;
	'action list') words='--home --account --password-file --json --help --open --overdue --owner --provider --group --summit --plan' ;;
	'action show') words='--home --account --password-file --json --help' ;;
	'action import') words='--home --account --password-file --json --help --plan --provider --group --to --yes --role --person --asked-by --override --dry-run' ;;
	'action export') words='--home --account --password-file --json --help --author --out' ;;
	'policy show') words='--home --account --password-file --json --help' ;;
	'policy set') words='--home --account --password-file --json --help' ;;
	'policy test') words='--home --account --password-file --json --help --to --type --provider --source --kind --stance --significant --marking' ;;
	'release list') words='--home --account --password-file --json --help' ;;
	'release show') words='--home --account --password-file --json --help' ;;
	'release approve') words='--home --account --password-file --json --help --person' ;;
	'release refuse') words='--home --account --password-file --json --help --person --reason' ;;
	'erase hold') words='--home --account --password-file --json --help --reason --until' ;;
	'erase release-hold') words='--home --account --password-file --json --help' ;;
	'erase list') words='--home --account --password-file --json --help' ;;
	'retention show') words='--home --account --password-file --json --help' ;;
	'retention set') words='--home --account --password-file --json --help' ;;
	'retention run') words='--home --account --password-file --json --help --dry-run --yes' ;;
	'account add') words='--home --account --password-file --json --help --role --unix-user --new-password-file --scope' ;;
	'account list') words='--home --account --password-file --json --help' ;;
	'account whoami') words='--home --account --password-file --json --help' ;;
	'account disable') words='--home --account --password-file --json --help' ;;
	'account enable') words='--home --account --password-file --json --help' ;;
	'account password') words='--home --account --password-file --json --help --new-password-file' ;;
	'account scope') words='--home --account --password-file --json --help --scope' ;;
	'activity') words='--home --account --password-file --json --help --who --record --since' ;;
	'audit proof') words='--home --account --password-file --json --help' ;;
	'audit shared') words='--home --account --password-file --json --help --with --provider --since' ;;
	'audit record') words='--home --account --password-file --json --help' ;;
	'audit log') words='--home --account --password-file --json --help' ;;
	'audit witnesses') words='--home --account --password-file --json --help' ;;
	'audit evidence list') words='--home --account --password-file --json --help' ;;
	'audit evidence show') words='--home --account --password-file --json --help' ;;
	'audit evidence export') words='--home --account --password-file --json --help --out' ;;
	'audit export') words='--home --account --password-file --json --help --out --all --provider --record --summit --since --open --with-activity' ;;
	'audit check') words='--home --account --password-file --json --help --trust' ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	[ ${#COMPREPLY[@]} -gt 0 ] ||
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
complete -o filenames -F _qsg qsg
