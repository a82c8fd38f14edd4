/* encrypted_extensions.c: EncryptedExtensions (RFC 9846 4.4.1). */
#include "msg/msg.h"

bool encrypted_extensions_parse(span *extensions, span body)
{
    rd in = rd_of(body);
    return rd_vec16(&in, 0, 65535, extensions) && rd_end(&in);
}
