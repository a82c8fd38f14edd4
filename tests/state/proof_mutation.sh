#!/usr/bin/env bash
# proof_mutation.sh [BUILD]: take a check out of a copy of the source, and see the test fail that is
# there for it. A mutation that no test notices is an error; so is one that changes nothing.
#
# BUILD (build/dev) is a finished build of the tests by ninja. Nothing in it, or in the tree, is
# changed: the mutant is one object file, linked before the library that has the honest one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
build=$(realpath "${1:-build/dev}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mutants=0 survivors=0
declare -A honest # programs that have been seen to pass without a mutation

# command_of prints how a source was compiled, or a program was linked.
command_of() {
    ninja -C "$build" -t commands "$1" | tail -1
}

survived() {
    echo "SURVIVED: $*"
    survivors=$((survivors + 1))
}

# mutant TEST-PROGRAM TEST-FUNCTION SOURCE SED-SCRIPT
mutant() {
    local program=$1 test=$2 source=$3 script=$4 compile link
    mutants=$((mutants + 1))
    sed -E "$script" "$source" >"$work/mutant.c"
    if cmp -s "$source" "$work/mutant.c"; then
        survived "$source: '$script' changes nothing"
        return
    fi
    compile=$(command_of "CMakeFiles/tacit_core.dir/$source.o")
    compile=${compile//"$root/$source"/"$work/mutant.c"}
    compile=${compile//"-o CMakeFiles/tacit_core.dir/$source.o"/"-o $work/mutant.o"}
    link=$(command_of "tests/state_$program")
    link=${link//"-o tests/state_$program"/"$work/mutant.o -o $work/program"}
    (cd "$build" && eval "$compile -w -MF $work/mutant.d" && eval "$link") >"$work/built" 2>&1 || {
        cat "$work/built"
        survived "$source: '$script' does not build"
        return
    }
    if [[ -z ${honest[$program]-} ]]; then
        "$build/tests/state_$program" >"$work/output" 2>&1 || {
            cat "$work/output"
            echo "proof_mutation.sh: state_$program fails without any mutation" >&2
            exit 1
        }
        honest[$program]=1
    fi
    "$work/program" >"$work/output" 2>&1 || true
    if grep -q "FAILED *\] $test\$" "$work/output"; then
        echo "killed by $program/$test: $source: $script"
    else
        survived "$source: '$script': $program/$test did not fail"
    fi
}

# ---- a proof that is not given stops the handshake -----------------------------------------------

connects=the_rows_are_the_handshakes
mutant order $connects src/hs/auth.c '/proofs \|= PROOF_CERT/d'
mutant order $connects src/hs/auth.c '/proofs \|= PROOF_NAME/d'
mutant order $connects src/hs/auth.c '/proofs \|= PROOF_SIG/d'
mutant order $connects src/hs/auth.c '/proofs \|= PROOF_FINISHED/d'
mutant order $connects src/hs/work.c '/v->cert_ok = /d'
mutant order $connects src/hs/work.c 's/v->sig_ok = .*;/v->sig_ok = false;/'

# ---- a verifier that always says yes is caught ---------------------------------------------------

yes_path='s/return x509_verify\((.*), &w->err\);'
yes_path+='/struct err e = {0}; return x509_verify(\1, \&e) || 1;/'
mutant auth another_name src/hs/work.c "$yes_path"
mutant auth only_what_certificates_may_have src/hs/work.c "$yes_path"
mutant auth signatures_over_other_things src/hs/work.c \
    's/v->sig_ok = verdict == SIG_GOOD;/verdict = SIG_GOOD; v->sig_ok = true;/'
mutant auth finished_of_others src/hs/auth.c \
    's/ct_eq\(m->body.p, expected, d.n\)/ct_eq(expected, expected, d.n)/'
mutant auth only_what_was_offered src/hs/auth.c 's/!scheme \|\| !list_has\(.*\)\)$/!scheme)/'
mutant auth every_scheme_with_every_key src/hs/auth.c 's/!scheme_fits\(.*\)\)$/false)/'
mutant auth no_certificate src/hs/server13.c 's/== TACIT_CLIENT_AUTH_REQUIRED/== 99/'

# ---- what a role must have proven before data flows ----------------------------------------------

mutant keys half_rtt_data src/hs/auth.c \
    's/AUTH_OPTIONAL, PROOF_FINISHED, .*\}/AUTH_OPTIONAL, PROOF_FINISHED, 0}/'
mutant keys half_rtt_data src/hs/auth.c \
    's/(AUTH_REQUIRED, PROOF_PEER, ).*\}/\1 0}/'
mutant records strays_around_every_message src/conn/channels.c 's/!may_open_app\(t\)/false/'

# ---- the order of messages, and where keys change ------------------------------------------------

mutant order every_type_in_every_state src/hs/run.c \
    's/m->type >= 32 \|\| !\(.*\)\) \{/m->type >= 32) {/'
mutant order every_message_dropped_doubled_and_swapped src/hs/server13.c \
    's/ON\(CERTIFICATE_VERIFY\)/ON(CERTIFICATE_VERIFY) | ON(FINISHED)/'
mutant keys no_message_straddles_a_change_of_keys src/hs/secrets.c 's/if \(pending\)/if (false)/'
mutant records strays_around_every_message src/conn/channels.c \
    's/rec->type != CT_HANDSHAKE \&\& join_partial\(.*\)\)/false)/'
mutant records messages_in_the_clear src/record/deframe.c \
    's/else if \(in->dir.aead \&\& /else if (false \&\& /'

# ---- what a peer may say -------------------------------------------------------------------------

mutant extensions every_extension_left_out_and_twice src/ext/ext.c \
    's/if \(\*present \& bit\)/if (false)/'
mutant extensions every_extension_in_every_message src/ext/ext.c \
    's/if \(!\(def->row.in13 \& where\)\)/if (false)/'
mutant extensions answers_to_nothing src/ext/ext.c \
    's/if \(answer \&\& /if (false \&\& answer \&\& /'
mutant versions clients_and_answers src/hs/hello.c 's/if \(is_downgrade\(.*\)\)/if (false)/'
mutant versions clients_and_answers src/hs/client13.c \
    's/if \(!span_eq\(sh->session_id, .*\)$/if (false)/'
mutant versions clients_options_bind_the_server src/hs/client13.c \
    's/!list_has\(list16_span\(\&t->config->suites\), sh->suite\)/!suite_by_id(sh->suite)/'
mutant retry servers_and_second_hellos src/hs/server13.c \
    's/if \(!ct_eq\(digest, hs->hello_digest.*$/if (false/'
mutant retry clients_and_retries src/hs/client13.c \
    's/if \(hs->retried \&\& where == IN_SH.*$/if (false)/'
mutant retry a_second_retry_is_refused src/hs/client13.c 's/if \(hs->retried\)$/if (false)/'
mutant shares shares_follow_the_groups src/hs/server13.c 's/offers_shares_ok\(o\)/true/'
mutant post floods_of_updates src/hs/post13.c 's/> KEY_UPDATES_MAX\)/> 255)/'

echo "$mutants mutants, $survivors survived"
((survivors == 0))
