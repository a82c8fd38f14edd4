/* msg.c: the names and the sizes of messages. A type that is not in this table does not exist. */
#include "msg/msg.h"

#include "registry/limits.h"

static const struct {
    uint8_t type;
    uint32_t limit;
    const char *name;
} types[] = {
    {MSG_HELLO_REQUEST, 0, "HelloRequest"},
    {MSG_CLIENT_HELLO, MSG_CLIENT_HELLO_MAX, "ClientHello"},
    {MSG_SERVER_HELLO, MSG_SERVER_HELLO_MAX, "ServerHello"},
    {MSG_NEW_SESSION_TICKET, MSG_NEW_SESSION_TICKET_MAX, "NewSessionTicket"},
    {MSG_END_OF_EARLY_DATA, 0, "EndOfEarlyData"},
    {MSG_ENCRYPTED_EXTENSIONS, MSG_ENCRYPTED_EXTENSIONS_MAX, "EncryptedExtensions"},
    {MSG_CERTIFICATE, MSG_CERTIFICATE_MAX, "Certificate"},
    {MSG_SERVER_KEY_EXCHANGE, MSG_SERVER_KEY_EXCHANGE_MAX, "ServerKeyExchange"},
    {MSG_CERTIFICATE_REQUEST, MSG_CERTIFICATE_REQUEST_MAX, "CertificateRequest"},
    {MSG_SERVER_HELLO_DONE, 0, "ServerHelloDone"},
    {MSG_CERTIFICATE_VERIFY, MSG_CERTIFICATE_VERIFY_MAX, "CertificateVerify"},
    {MSG_CLIENT_KEY_EXCHANGE, MSG_CLIENT_KEY_EXCHANGE_MAX, "ClientKeyExchange"},
    {MSG_CERTIFICATE_STATUS, MSG_CERTIFICATE_STATUS_MAX, "CertificateStatus"},
    {MSG_FINISHED, MSG_FINISHED_MAX, "Finished"},
    {MSG_KEY_UPDATE, MSG_KEY_UPDATE_MAX, "KeyUpdate"},
};

enum { N_TYPES = sizeof types / sizeof types[0] };

const char *msg_name(uint8_t type)
{
    if (type == MSG_CHANGE_CIPHER_SPEC)
        return "ChangeCipherSpec";
    for (size_t i = 0; i < N_TYPES; i++)
        if (types[i].type == type)
            return types[i].name;
    return "unknown";
}

bool msg_limit(uint8_t type, size_t *limit)
{
    for (size_t i = 0; i < N_TYPES; i++) {
        if (types[i].type == type) {
            *limit = types[i].limit;
            return true;
        }
    }
    return false;
}
