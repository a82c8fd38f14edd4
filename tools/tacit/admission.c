/* admission.c: see admission.h. What a pattern means is the library's to say; here a kind is told
 * from it. */
#include "admission.h"

#include "out.h"
#include "tool.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;
    tacit_allow_kind kind;
} kinds[] = {
    {"DNS:", TACIT_ALLOW_DNS},     {"URI:", TACIT_ALLOW_URI},   {"IP:", TACIT_ALLOW_IP},
    {"EMAIL:", TACIT_ALLOW_EMAIL}, {"SPKI:", TACIT_ALLOW_SPKI},
};

static int digit(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static int read_pin(uint8_t pin[32], const char *text)
{
    if (strlen(text) != 64 || strspn(text, "0123456789abcdefABCDEF") != 64)
        return out_fail(STATUS_USAGE, "tacit connect HOST --json shows it as key_sha256",
                        "--pin takes the SHA-256 of a key: 64 hexadecimal digits");
    for (size_t i = 0; i < 32; i++)
        pin[i] = (uint8_t)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
    return 0;
}

static bool read_kind(tacit_allow *allow, const char *text)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t n = strlen(kinds[i].word);
        if (strncmp(text, kinds[i].word, n) != 0)
            continue;
        *allow = (tacit_allow){.kind = (uint8_t)kinds[i].kind, .pattern = text + n};
        return true;
    }
    return false;
}

bool admission_kind(const char *text)
{
    tacit_allow ignored;
    return read_kind(&ignored, text);
}

static int read_allowed(tacit_allow *allow, const char *text)
{
    if (read_kind(allow, text))
        return 0;
    return out_fail(STATUS_USAGE, "--allow DNS:a.example.org",
                    "--allow takes DNS:, URI:, IP:, EMAIL: or SPKI:, and what is allowed");
}

static size_t count(char **list)
{
    size_t n = 0;
    while (list && list[n])
        n++;
    return n;
}

int admission_read(struct setup *setup, const struct setup_options *given)
{
    tacit_config_options *o = &setup->options;
    size_t n_pins = count(given->pins), n_allow = count(given->allowed);
    int status = 0;
    setup->pins = calloc(n_pins ? n_pins : 1, sizeof *setup->pins);
    setup->allow = calloc(n_allow ? n_allow : 1, sizeof *setup->allow);
    if (!setup->pins || !setup->allow)
        return out_fail(STATUS_INTERNAL, NULL, "no memory");
    for (; !status && o->n_pins < n_pins; o->n_pins++)
        status = read_pin(setup->pins[o->n_pins], given->pins[o->n_pins]);
    for (; !status && o->n_allow < n_allow; o->n_allow++)
        status = read_allowed(&setup->allow[o->n_allow], given->allowed[o->n_allow]);
    o->pins = n_pins ? (const uint8_t(*)[32])setup->pins : NULL;
    o->allow = n_allow ? setup->allow : NULL;
    return status;
}
