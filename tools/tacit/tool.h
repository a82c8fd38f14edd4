/* tool.h: what the verbs of the command share: their entry points and the exit statuses. */
#ifndef TOOL_TOOL_H
#define TOOL_TOOL_H

/* enum status are the exit statuses of the command. They are a promise to scripts; the library
 * says the ones that a connection can end with (tacit_error_exit_status), these are the ones
 * that the tool finds itself. */
enum status {
    STATUS_OK = 0,
    STATUS_USAGE = 2,
    STATUS_FILE = 3,
    STATUS_DNS = 10,
    STATUS_REFUSED = 11,
    STATUS_TIMEOUT = 12,
    STATUS_TRUNCATED = 23,
    STATUS_EXPIRED = 32,
    STATUS_EXPIRES_SOON = 40,
    STATUS_INTERNAL = 70
};

/* A verb takes its own words (argv[0] is the verb) and returns the exit status, having said why
 * if it is not 0. */
int connect_main(int argc, const char **argv);
int serve_main(int argc, const char **argv);
int ca_main(int argc, const char **argv);
int inspect_main(int argc, const char **argv);
int verify_main(int argc, const char **argv);
int tables_main(int argc, const char **argv);
int explain_main(int argc, const char **argv);

#endif
