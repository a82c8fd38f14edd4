/* setup.h: from the options that `connect` and `serve` share to a configuration of the library. */
#ifndef TOOL_SETUP_H
#define TOOL_SETUP_H

#include "load.h"

#include <popt.h>

/* struct setup_options are the values of the command line; zero is "not given". */
struct setup_options {
    char *alpn, *min, *max, *groups, *suites, *keylog, *password_file;
    char **certs, **keys, **anchors, **crls, **legacy, **pins, **allowed;
    bool believes; /* without anchors: the system's */
};

/* SETUP_OPTIONS are the rows of an option table for them. */
#define SETUP_OPTIONS(o)                                                                           \
    {"cert", 0, POPT_ARG_ARGV, &(o).certs, 0, "our certificate: PEM, leaf first", "FILE"},         \
        {"key", 0, POPT_ARG_ARGV, &(o).keys, 0, "its private key: PEM", "FILE"},                   \
        {"password-file",                                                                          \
         0,                                                                                        \
         POPT_ARG_STRING,                                                                          \
         &(o).password_file,                                                                       \
         0,                                                                                        \
         "the first line of FILE opens the key",                                                   \
         "FILE"},                                                                                  \
        {"crl",     0, POPT_ARG_ARGV,                                                              \
         &(o).crls, 0, "revocation lists: each certificate below the anchor needs a current one",  \
         "PATH"},                                                                                  \
        {"allow",       0, POPT_ARG_ARGV,                                                          \
         &(o).allowed,  0, "only these: DNS:, URI:, IP:, EMAIL: or SPKI: and a pattern",           \
         "KIND:PATTERN"},                                                                          \
        {"alpn", 0, POPT_ARG_STRING, &(o).alpn, 0, "protocols, such as h2,http/1.1", "LIST"},      \
        {"min", 0, POPT_ARG_STRING, &(o).min, 0, "least TLS version: 1.2 or 1.3", "VERSION"},      \
        {"max", 0, POPT_ARG_STRING, &(o).max, 0, "greatest TLS version", "VERSION"},               \
        {"groups", 0, POPT_ARG_STRING, &(o).groups, 0, "key exchange groups, best first", "LIST"}, \
        {"suites", 0, POPT_ARG_STRING, &(o).suites, 0, "cipher suites, best first", "LIST"},       \
        {"legacy",    0, POPT_ARG_ARGV,                                                            \
         &(o).legacy, 0, "in TLS 1.2, take rsa-transport, cbc-hmac or no-ems",                     \
         "WORD"},                                                                                  \
    {                                                                                              \
        "keylog", 0, POPT_ARG_STRING, &(o).keylog, 0,                                              \
            "append the secrets to FILE: whoever has it reads everything", "FILE"                  \
    }

enum { SETUP_LIST = 32 };

/* struct setup is what came of them. */
struct setup {
    tacit_env *env;
    tacit_config *config;
    struct loaded files;
    int keylog_fd;

    /* storage of what the configuration is made from */
    tacit_config_options options;
    uint16_t suites[SETUP_LIST], groups[SETUP_LIST];
    const char *alpn[SETUP_LIST];
    char *alpn_text;
    uint8_t (*pins)[32];
    tacit_allow *allow;
};

/* setup_words turns the options into setup->options, and opens the key log; setup_begin also loads
 * what is named by path. The caller adds what is its own and makes the configuration from
 * setup->options. They return 0 or an exit status after saying why. Call setup_end in any case. */
int setup_words(struct setup *setup, const struct setup_options *given);
int setup_begin(struct setup *setup, const struct setup_options *given);

/* setup_config makes setup->config by one of tacit_client_config and tacit_server_config. */
int setup_config(struct setup *setup,
                 tacit_config *make(tacit_env *, const tacit_config_options *, tacit_error *));

void setup_end(struct setup *setup);

/* setup_error prints an error of the library, about `what` (a file's name, or NULL), and returns
 * its exit status. */
int setup_error(const tacit_error *error, const char *what);

#endif
