/* error.c: an error as a sentence for a person. Placeholders in the table's sentences are filled in
 * from the detail. */
#include "base/alerts.h"
#include "conn/conn.h"

#include <stdio.h>

static const char *ext_name(uint32_t id)
{
    for (size_t i = 0; ext_row(i); i++)
        if (ext_row(i)->id == id)
            return ext_row(i)->name;
    return NULL;
}

/* Every version that ever was, also those that are not spoken here. */
static const char *version_word(uint16_t version)
{
    static const char *const ssl_and_old[] = {"SSL 3.0", "TLS 1.0", "TLS 1.1"};
    return version == 0x0002                        ? "SSL 2.0"
           : version >= 0x0300 && version <= 0x0302 ? ssl_and_old[version - 0x0300]
                                                    : version_name(version);
}

/* What speaks, by the four bytes with which it begins; the number of the first one, if nobody knows
 * it. */
static size_t first_words(uint32_t first, char *out, size_t cap)
{
    static const struct {
        const char *begins, *says;
    } known[] = {
        {"GET ", "it speaks plain HTTP"},  {"POST", "it speaks plain HTTP"},
        {"HEAD", "it speaks plain HTTP"},  {"PUT ", "it speaks plain HTTP"},
        {"OPTI", "it speaks plain HTTP"},  {"CONN", "it speaks plain HTTP"},
        {"PRI ", "it speaks plain HTTP"},  {"HTTP", "it speaks plain HTTP"},
        {"SSH-", "it speaks SSH"},         {"220 ", "it speaks plain SMTP or FTP"},
        {"EHLO", "it speaks plain SMTP"},  {"HELO", "it speaks plain SMTP"},
        {"+OK ", "it speaks plain POP3"},  {"* OK", "it speaks plain IMAP"},
        {"PROX", "it speaks of a proxy"},
    };
    const char bytes[] = {(char)(first >> 24), (char)(first >> 16), (char)(first >> 8),
                          (char)first};
    bool ssl2 = first >> 31 && (first >> 8 & 0xff) == 1 && (first & 0xff) <= 3;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (memcmp(bytes, known[i].begins, sizeof bytes) == 0)
            return (size_t)snprintf(out, cap, "%s", known[i].says);
    if (ssl2) /* a length of two bytes, the type of a client's hello, the major version */
        return (size_t)snprintf(out, cap, "it says hello in the form of SSL 2.0");
    return (size_t)snprintf(out, cap, "they begin with byte %u", first >> 24);
}

/* The field between braces, as text. Code points without a name are printed as numbers. */
static size_t field(const char *key, size_t key_n, uint32_t detail, char *out, size_t cap)
{
    const char *name = NULL;
    char word[8] = {0};
    memcpy(word, key, key_n < sizeof word ? key_n : 0);
    uint16_t id = (uint16_t)detail;
    if (strcmp(word, "d") == 0)
        return (size_t)snprintf(out, cap, "%u", detail);
    if (strcmp(word, "first") == 0)
        return first_words(detail, out, cap);
    if (strcmp(word, "msg") == 0)
        name = msg_name((uint8_t)detail);
    else if (strcmp(word, "alert") == 0)
        name = alert_name((uint8_t)detail);
    else if (strcmp(word, "ext") == 0)
        name = ext_name(detail);
    else if (strcmp(word, "suite") == 0)
        name = suite_by_id(id) ? suite_by_id(id)->name : NULL;
    else if (strcmp(word, "group") == 0)
        name = group_by_id(id) ? group_by_id(id)->name : NULL;
    else if (strcmp(word, "scheme") == 0)
        name = scheme_by_id(id) ? scheme_by_id(id)->name : NULL;
    else if (strcmp(word, "version") == 0)
        name = version_word(id);
    return name ? (size_t)snprintf(out, cap, "%s", name)
                : (size_t)snprintf(out, cap, "0x%04x", detail);
}

/* row_of: no error at all is the row of none. */
static const struct reason_row *row_of(const tacit_error *error)
{
    return reason_row(error ? error->reason : R_NONE);
}

size_t tacit_error_sentence(const tacit_error *error, char *out, size_t cap)
{
    char text[512];
    size_t n = 0;
    const char *s = row_of(error)->sentence;
    while (*s && n + 1 < sizeof text) {
        const char *end = *s == '{' ? strchr(s, '}') : NULL;
        if (!end) {
            text[n++] = *s++;
            continue;
        }
        size_t room = sizeof text - n;
        size_t wrote = field(s + 1, (size_t)(end - s - 1), error->detail, text + n, room);
        n += wrote < room ? wrote : room - 1;
        s = end + 1;
    }
    text[n] = 0;
    return (size_t)snprintf(out, cap, "%s", text);
}

const char *tacit_error_advice(const tacit_error *error)
{
    return error ? advice_for(error->reason, error->depth) : advice_for(R_NONE, -1);
}

int tacit_error_exit_status(const tacit_error *error)
{
    return code_row(row_of(error)->code)->exit_status;
}

const tacit_error *tacit_conn_error(const tacit_conn *c)
{
    return c && c->error.reason ? &c->error : NULL;
}
