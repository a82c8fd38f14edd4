#!/usr/bin/env bash
# proof_mutation.sh [BUILD]: take a check out of a copy of the source, and see the test fail that is
# there for it. A mutation that no test notices is an error; so is one that does not change exactly
# one line.
# proof_mutation.sh --check: only ask whether each mutation still changes its line, and whether its
# test is still there. It takes a second, so that every `./dev test` asks.
#
# BUILD (build/dev) is a finished build of the tests by ninja. Nothing in it, or in the tree, is
# changed: the mutant is one object file, linked before the library that has the honest one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
check=false
if [[ ${1-} == --check ]]; then
    check=true
else
    build=$(realpath "${1:-build/dev}")
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mutants=0 survivors=0
declare -A honest # programs that have been seen to pass without a mutation

# command_of prints how a source was compiled, or a program was linked.
command_of() {
    ninja -C "$build" -t commands "$1" | tail -1
}

# source_of prints where a program comes from: state_X, or unit_FOLDER_X.
source_of() {
    local path=${1/#state_/state/}
    [[ $path != unit_* ]] || path=$(sed 's,_,/,; s,_,/,' <<<"$path")
    echo "tests/${path}_test.c"
}

survived() {
    echo "SURVIVED: $*"
    survivors=$((survivors + 1))
}

# write_mutant SOURCE SED-SCRIPT writes the mutant, which differs in one line.
write_mutant() {
    local lines
    sed -E "$2" "$1" >"$work/mutant.c"
    lines=$(diff "$1" "$work/mutant.c" | grep -c '^<') || true
    ((lines == 1)) || survived "$1: '$2' changes $lines lines, and not one"
    ((lines == 1))
}

# build_mutant PROGRAM SOURCE links the program with the mutant.
build_mutant() {
    local program=$1 source=$2 compile link
    compile=$(command_of "CMakeFiles/tacit_core.dir/$source.o")
    compile=${compile//"$root/$source"/"$work/mutant.c"}
    compile=${compile//"-o CMakeFiles/tacit_core.dir/$source.o"/"-o $work/mutant.o"}
    link=$(command_of "tests/$program")
    link=${link//"-o tests/$program"/"$work/mutant.o -o $work/program"}
    (cd "$build" && eval "$compile -w -MF $work/mutant.d" && eval "$link") >"$work/built" 2>&1
}

# see_honest PROGRAM: it passes as it is, or nothing can be learnt from its failing.
see_honest() {
    [[ -z ${honest[$1]-} ]] || return 0
    "$build/tests/$1" >"$work/output" 2>&1 || {
        cat "$work/output"
        echo "proof_mutation.sh: $1 fails without any mutation" >&2
        exit 1
    }
    honest[$1]=1
}

# mutant TEST-PROGRAM TEST-FUNCTION SOURCE SED-SCRIPT
mutant() {
    local program=$1 test=$2 source=$3 script=$4
    mutants=$((mutants + 1))
    write_mutant "$source" "$script" || return 0
    if $check; then
        grep -q "cmocka_unit_test($test)" "$(source_of "$program")" ||
            survived "$source: '$script': there is no $program/$test"
        return
    fi
    build_mutant "$program" "$source" || {
        cat "$work/built"
        survived "$source: '$script' does not build"
        return
    }
    see_honest "$program"
    "$work/program" >"$work/output" 2>&1 || true
    if grep -q "RUN *\] $test\$" "$work/output" &&
        ! grep -qE "(OK|SKIPPED) *\] $test\$" "$work/output"; then # it failed, or crashed
        echo "killed by $program/$test: $source: $script"
    else
        survived "$source: '$script': $program/$test did not fail"
    fi
}

# ---- a proof that is not given stops the handshake -----------------------------------------------

connects=the_rows_are_the_handshakes
mutant state_order $connects src/hs/auth.c 's/t->proofs \|= PROOF_CERT;/;/'
mutant state_order $connects src/hs/auth.c 's/t->proofs \|= PROOF_NAME;/;/'
mutant state_order $connects src/hs/auth.c '/peer_scheme = v->scheme/,+1s/t->proofs .*/;/'
mutant state_order $connects src/hs/auth.c 's/t->proofs \|= PROOF_FINISHED;/;/'
mutant state_order $connects src/hs/auth.c 's/v->has_host = .*;/v->has_host = false;/'
mutant state_order $connects src/hs/auth.c 's/v->insecure = .*;/v->insecure = true;/'
mutant state_order $connects src/hs/work.c '/v->cert_ok = /d'
mutant state_order $connects src/hs/work.c 's/v->sig_ok = .*;/v->sig_ok = false;/'
mutant unit_conn_handshake12 every_suite_and_group src/hs/auth.c \
    '/suite->kx == KX_RSA\)/,+1s/t->proofs .*/;/'

# ---- a verifier that always says yes is caught ---------------------------------------------------

yes_path='s/return x509_verify\((.*), &w->err\);'
yes_path+='/struct err e = {0}; return x509_verify(\1, \&e) || 1;/'
yes_sig='s/v->sig_ok = verdict == SIG_GOOD;/verdict = SIG_GOOD; v->sig_ok = true;/'
yes_finished='s/!ct_eq\(m->body.p, .*\)\)$/false)/'
mutant state_auth another_name src/hs/work.c "$yes_path"
mutant state_auth only_what_certificates_may_have src/hs/work.c "$yes_path"
mutant state_auth signatures_over_other_things src/hs/work.c "$yes_sig"
mutant state_auth finished_of_others src/hs/auth.c "$yes_finished"
mutant state_auth only_what_was_offered src/hs/auth.c 's/!scheme \|\| !list_has\(.*\)\)$/!scheme)/'
mutant state_auth every_scheme_with_every_key src/hs/auth.c 's/!scheme_fits\(.*\)\)$/false)/'
mutant state_auth no_certificate src/hs/server13.c 's/== TACIT_CLIENT_AUTH_REQUIRED/== 99/'

# ---- the name is a proof of its own --------------------------------------------------------------

nameless=without_the_name_nobody_is_verified
mutant state_auth another_name src/x509/path.c 's/!s->v->host \|\| host_matches\(.*;/true;/'
mutant unit_conn_server_name $nameless src/hs/work.c \
    's/v->name_ok = .*;/v->name_ok = true;/'
listed=who_is_on_the_list_is_who_was_meant
mutant unit_conn_server_name $listed src/hs/work.c 's/ \|\| v->by_allow\)/)/'
mutant unit_conn_server_name $listed src/hs/auth.c 's/ && !t->config->name_by_allow;/;/'
mutant unit_conn_server_name $listed src/x509/admit.c \
    's/return fail_depth\(err, CERT_NOT_ALLOWED.*/return true;/'
mutant unit_conn_server_name a_list_that_stands_for_the_name src/conn/config.c \
    's/!c->name_by_allow \|\| stands \|\| /true || /'
mutant unit_conn_server_name $nameless src/hs/auth.c \
    's/all = t->is_client \? PROOF_SERVER/all = t->is_client ? PROOF_PEER/'

# ---- whom to believe is said, or nothing is ------------------------------------------------------

says=a_client_says_whom_it_believes
mutant unit_conn_config $says src/conn/config.c 's/else if \(by_default\)/else if (true)/'
mutant unit_conn_config $says src/conn/config.c 's/else if \(!c->insecure\)/else if (false)/'
mutant unit_x509_verify a_question_at_fault_has_no_verdict src/x509/verify.c \
    's/fail\(\&err, NO_TRUST, 0\);/options = NULL;/'

# ---- pins, and the list of who is allowed --------------------------------------------------------

lists=lists_and_their_numbers_go_together
mutant unit_conn_nothing $lists src/x509/admit.c 's/!pins != !n_pins/!pins \&\& n_pins/'
mutant unit_conn_nothing $lists src/x509/admit.c 's/!allow != !n_allow/!allow \&\& n_allow/'
mutant unit_conn_nothing $lists src/x509/verify.c \
    's/!o->policies != !o->n_policies/!o->policies \&\& o->n_policies/'

server=a_server_that_is_not_expected_is_refused
client=a_client_that_is_not_expected_is_refused
unverified=they_hold_without_verification
mutant unit_conn_admit $server src/hs/work.c '/\.admit = /d'
mutant unit_conn_admit $client src/x509/admit.c \
    's/return fail\(err, CERT_PIN_MISMATCH.*/return true;/'
mutant unit_conn_admit $client src/x509/admit.c \
    's/return fail_depth\(err, CERT_NOT_ALLOWED.*/return true;/'
mutant unit_conn_admit $client src/x509/path.c 's/ \&\& admit_path\(.*\)$//'
mutant unit_conn_admit $client src/x509/path.c 's/ \&\& admit_leaf\(.*\)\)$/)/'
mutant unit_conn_admit $unverified src/hs/work.c \
    's/v->insecure \? !admit_unproven\(.*\) :/v->insecure ? false :/'
mutant unit_conn_admit $unverified src/x509/admit.c 's/admit_path\(admit, \&alone, err\) \&\& //'
mutant unit_conn_admit $unverified src/x509/admit.c 's/ \&\& admit_leaf\(admit, leaf, .*\);/;/'
mutant unit_conn_admit what_could_bind_nobody_is_refused src/conn/config.c \
    's/c->trust \|\| c->insecure \|\| fail\(.*\);/true;/'
mutant unit_x509_admit a_pin_is_not_met_by_what_is_beside_the_path src/x509/admit.c \
    's/if \(memcmp\(admit->pins.*\)$/if (true)/'
mutant unit_x509_admit one_entry_is_enough src/x509/admit.c \
    's/if \(memcmp\(p->bytes.*\)$/if (true)/'
mutant unit_x509_admit a_spiffe_id_stands_alone src/x509/admit.c \
    's/p->spiffe \&\& c->uris != 1/false/'
mutant unit_x509_admit the_work_is_bounded src/x509/admit.c 's/if \(budget < c.cost\)/if (false)/'
mutant unit_x509_budget dear_signatures_cost_double src/x509/check.c 's/ \? 2 : 1;/ ? 1 : 1;/'
mutant unit_x509_budget whole_paths_are_counted src/x509/path.c 's/s->budget.wholes--;//'
mutant unit_x509_budget names_are_paid_for src/x509/path.c \
    's/!budget_pay\(\&s->budget, a.n \+ b.n, 1\)/false/'
mutant unit_x509_budget points_are_paid_for src/x509/crl_check.c \
    's/!budget_pay\(q->budget, cert->crl_points.n, 1\)/false/'
mutant unit_x509_budget entries_are_paid_for src/x509/ocsp_check.c \
    's/!budget_pay\(q->budget, cert->issuer.n \+ key.n, ocsp.n_singles\)/false/'
mutant unit_x509_constraints comparisons_are_paid_for src/x509/constraints.c \
    's/EACH_WITH_EACH = 8/EACH_WITH_EACH = 0/'
own_word=the_names_of_a_trusted_key_are_its_own_word
mutant unit_x509_admit $own_word src/x509/admit.c 's/if \(own_word\)/if (false)/'
mutant unit_x509_admit $own_word src/x509/path.c 's/return path->n == 1 \&\& .*/return false;/'

# ---- what a host answers has to fit --------------------------------------------------------------

misfit=what_does_not_fit_is_no_answer
mutant unit_conn_choose $misfit src/conn/task.c \
    's/!signs \|\| !(identity_fits\(.*\))\)$/!signs || !(\1 || 1))/'
mutant unit_conn_choose $misfit src/conn/task.c 's/if \(!signs \|\| /if (/'
mutant unit_conn_choose $misfit src/conn/task.c 's/ \|\| identity->env != task->env\)/)/'
mutant unit_conn_choose none_may_be_shown src/hs/choose.c 's/if \(hs->work.refused\)/if (false)/'
mutant unit_conn_choose a_stale_choice_changes_nothing src/conn/task.c \
    's/ \|\| t->token != task->token\)/)/'
mutant unit_hs_select the_servers_types_rule src/hs/select.c 's/ \&\& type_fits\(key, .*\);/;/'
mutant unit_conn_task every_task_may_leave src/conn/task.c 's/!= SIG_GOOD\)/== SIG_GOOD + 99)/'

# ---- what a role must have proven before data flows ----------------------------------------------

mutant state_keys half_rtt_data src/hs/auth.c \
    's/AUTH_OPTIONAL, PROOF_FINISHED, .*\}/AUTH_OPTIONAL, PROOF_FINISHED, 0}/'
mutant state_keys half_rtt_data src/hs/auth.c \
    's/(AUTH_REQUIRED, PROOF_PEER, ).*\}/\1 0}/'
mutant state_records strays_around_every_message src/conn/channels.c 's/!may_open_app\(t\)/false/'

# ---- the order of messages, and where keys change ------------------------------------------------

mutant state_order every_type_in_every_state src/hs/run.c \
    's/m->type >= 32 \|\| !\(.*\)\) \{/m->type >= 32) {/'
mutant state_order every_message_dropped_doubled_and_swapped src/hs/server13.c \
    's/ON\(CERTIFICATE_VERIFY\)/ON(CERTIFICATE_VERIFY) | ON(FINISHED)/'
mutant state_keys no_message_straddles_a_change_of_keys src/hs/secrets.c \
    's/if \(pending\)/if (false)/'
mutant state_records strays_around_every_message src/conn/channels.c \
    's/rec->type != CT_HANDSHAKE \&\& join_partial\(.*\)\)/false)/'
mutant state_records messages_in_the_clear src/record/deframe.c \
    's/else if \(in->dir.way != WAY_CLEAR \&\& /else if (false \&\& /'

# ---- what a peer may say -------------------------------------------------------------------------

mutant state_extensions every_extension_left_out_and_twice src/ext/ext.c \
    's/if \(\*present \& bit\)/if (false)/'
mutant state_extensions every_extension_in_every_message src/ext/ext.c \
    's/if \(!\(def->row.in \& where\)\)/if (false)/'
mutant state_extensions answers_to_nothing src/ext/ext.c \
    's/if \(answer \&\& /if (false \&\& answer \&\& /'
mutant state_versions clients_and_answers src/hs/hello.c \
    's/if \(.* is_downgrade\(.*\)\)/if (false)/'
mutant state_versions clients_and_answers src/hs/client13.c \
    's/if \(!span_eq\(sh->session_id, .*\)$/if (false)/'
mutant state_versions clients_options_bind_the_server src/hs/client13.c \
    's/!list_has\(list16_span\(\&t->config->suites\), sh->suite\)/!suite_by_id(sh->suite)/'
mutant state_retry servers_and_second_hellos src/hs/server13.c \
    's/if \(!ct_eq\(digest, hs->hello_digest.*$/if (false/'
mutant state_retry clients_and_retries src/hs/client13.c \
    's/if \(hs->retried \&\& where == IN_SH.*$/if (false)/'
mutant state_retry a_second_retry_is_refused src/hs/client13.c 's/if \(hs->retried\)$/if (false)/'
mutant state_shares shares_follow_the_groups src/hs/server13.c 's/offers_shares_ok\(o\)/true/'
mutant state_post floods_of_updates src/hs/post13.c 's/> KEY_UPDATES_MAX\)/> 255)/'

# ---- TLS 1.2 -------------------------------------------------------------------------------------

mutant state_attacks12 what_a_server_signs src/hs/work.c "$yes_sig"
mutant state_attacks12 what_a_client_signs src/hs/work.c "$yes_sig"
mutant state_attacks12 what_a_server_signs src/hs/auth12.c '/wr_bytes\(.*randoms.client, 32\)/d'
mutant state_attacks12 what_a_server_signs src/hs/auth12.c '/wr_bytes\(.*randoms.server, 32\)/d'
mutant state_attacks12 what_a_server_signs src/hs/auth12.c '/wr_span_bytes\(.*, params\)/d'
mutant state_auth only_what_was_offered src/hs/auth12.c \
    's/!scheme \|\| !list_has\(.*\)\)$/!scheme)/'
hellos=hellos_and_what_follows
mutant state_hello12 $hellos src/hs/auth12.c 's/!scheme_fits\(.*\)\)$/false)/'
mutant state_hello12 $hellos src/hs/auth.c "$yes_finished"
mutant state_hello12 $hellos src/hs/auth12.c 's/, !t->is_client, d\);/, t->is_client, d);/'
mutant state_hello12 $hellos src/hs/server12.c \
    's/empty \&\& t->config->client_auth == TACIT_CLIENT_AUTH_REQUIRED/false/'
mutant state_hello12 $hellos src/hs/client12.c 's/if \(!a->renegotiation\)/if (false)/'
mutant state_hello12 $hellos src/hs/client12.c 's/if \(!a->extended_master \&\& /if (false \&\& /'
mutant state_hello12 suites_for_other_keys src/hs/auth12.c \
    's/if \(rsa != .*KX_ECDHE_RSA\)\)/if (false)/'
mutant state_attacks12 what_a_client_signs src/hs/server12.c 's/if \(t->peer_chain\)/if (false)/'
mutant state_records12 data_before_the_finished src/conn/channels.c 's/!may_open_app\(t\)/false/'

echo "$mutants mutants, $survivors survived"
((survivors == 0))
