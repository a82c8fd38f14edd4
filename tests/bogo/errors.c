/* errors.c: failures in words that the runner looks for.
 *
 * The runner expects an error by BoringSSL's name for it, in any place of what the shim prints.
 * Where one reason of tacit, or one beginning of reasons, answers to a name, config.json says so;
 * where several do, the rows here, and the name is printed beside ours. A reason stands in a row if
 * it is what RFC 9846 (RFC 5246) has us say of what the tests with that name do. */
#include "errors.h"

#include <tacit/tables.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* struct likeness: all of these reasons, each between blanks, may stand for one name. */
struct likeness {
    const char *name, *reasons;
};

static const struct likeness table[] = {
    {":DECODE_ERROR:",
     " MESSAGE_MALFORMED EXT_MALFORMED SERVER_CERT_EMPTY MESSAGE_TOO_LONG KEY_UPDATE_VALUE"
     " COMPRESSION LEGACY_VERSION REQUEST_CONTEXT EXT_MISSING "},
    {":DECRYPTION_FAILED_OR_BAD_RECORD_MAC:", " BAD_RECORD_MAC NO_CONTENT_TYPE "},
    {":ERROR_PARSING_EXTENSION:", " EXT_MALFORMED EXT_NOT_HERE NO_UNCOMPRESSED_POINTS "},
    {":EXCESS_HANDSHAKE_DATA:", " MESSAGE_OVER_KEY_CHANGE INTERLEAVED "},
    {":OCSP_CB_ERROR:", " OCSP_MALFORMED STAPLE_MISSING "},
    {":NO_COMMON_SIGNATURE_ALGORITHMS:", " NO_COMMON_SCHEME EXT_MISSING "},
    {":NO_SHARED_CIPHER:", " NO_COMMON_SUITE NO_COMMON_SCHEME "},
    {":PEER_DID_NOT_RETURN_A_CERTIFICATE:",
     " CLIENT_CERT_MISSING CLIENT_CERT_MISSING12 SERVER_CERT_EMPTY "},
    {":SECOND_SERVERHELLO_VERSION_MISMATCH:", " EXT_MISSING VERSION_NOT_OFFERED "},
    {":TOO_MANY_EMPTY_FRAGMENTS:", " EMPTY_RECORD_FLOOD CHANGE_CIPHER_SPEC_FLOOD "},
    {":UNEXPECTED_EXTENSION:", " EXT_NOT_ASKED_FOR EXT_NOT_HERE SESSION_ID_NOT_ECHOED "},
    {":UNEXPECTED_MESSAGE:", " MESSAGE_UNKNOWN MESSAGE_UNEXPECTED SECOND_HELLO_RETRY "},
    {":UNEXPECTED_RECORD:",
     " MESSAGE_UNEXPECTED INTERLEAVED DATA_TOO_EARLY RECORD_TYPE DATA_IN_THE_CLEAR"
     " BAD_RECORD_MAC "},
    {":UNSUPPORTED_PROTOCOL:",
     " VERSION_TOO_OLD VERSION_REFUSED VERSION_NOT_SHARED LEGACY_VERSION "},
    {":WRONG_CIPHER_RETURNED:", " SUITE_NOT_OFFERED SUITE_CHANGED "},
    {":WRONG_CURVE:", " GROUP_NOT_OFFERED HELLO_RETRY_SAME_GROUP SHARE_NOT_AS_ASKED "},
    {":WRONG_SIGNATURE_TYPE:", " SCHEME_DOES_NOT_FIT SCHEME_NOT_OFFERED "},
    {":WRONG_VERSION_NUMBER:", " NOT_TLS RECORD_VERSION "},
};

static const char *alert_name(uint8_t alert, char out[64])
{
    char number[8] = "";
    snprintf(out, 64, "%u", alert);
    for (size_t row = 0; row < tacit_table_rows(TACIT_TABLE_ALERTS); row++) {
        tacit_table_cell(TACIT_TABLE_ALERTS, row, 0, number, sizeof number);
        if (strtoul(number, NULL, 10) == alert)
            tacit_table_cell(TACIT_TABLE_ALERTS, row, 1, out, 64);
    }
    return out;
}

static const char *said(const tacit_error *error)
{
    if (error->alert == TACIT_NO_ALERT)
        return "no alert";
    return error->origin == TACIT_ORIGIN_PEER_ALERT ? "received" : "sent";
}

void errors_print(const tacit_error *error)
{
    char alert[64], sentence[512], word[64];
    if (!error || !error->reason)
        return;
    tacit_error_sentence(error, sentence, sizeof sentence);
    fprintf(stderr, ":%s: %s %s in %s: %s", error->name, said(error),
            alert_name(error->alert, alert), error->state ? error->state : "-", sentence);
    snprintf(word, sizeof word, " %s ", error->name);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strstr(table[i].reasons, word))
            fprintf(stderr, " %s", table[i].name);
    fputc('\n', stderr);
}
