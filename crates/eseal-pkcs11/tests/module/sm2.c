/* A PKCS#11 module for the tests alone: SM2 by OpenSSL's libcrypto, two fixed keys, one of which lies.
 *
 * FOLDER (given to the compiler) holds sign.der and enc.der, the certificates of the keys. One slot, one token "fake SM2",
 * PIN "fake-pin", three tries. Written from the function list of PKCS #11 v2.40 so that no header has to be installed.
 *
 * Objects, by label: "sign" and "enc" with public key, private key and certificate; "liar", a private key that belongs to
 * another public key than its own; "orphan", a private key without a public half.
 */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <stdio.h>
#include <string.h>

typedef unsigned long CK;
typedef unsigned char BYTE;
typedef struct { BYTE major, minor; } VERSION;
typedef struct { CK type; void *value; CK length; } ATTRIBUTE;
typedef struct { CK mechanism; void *parameter; CK length; } MECHANISM;
typedef struct { CK least, most, flags; } MECHANISM_INFO;
typedef struct { VERSION version; BYTE maker[32]; CK flags; BYTE description[32]; VERSION library; } INFO;
typedef struct { BYTE description[64], maker[32]; CK flags; VERSION hardware, firmware; } SLOT_INFO;
typedef struct {
    BYTE label[32], maker[32], model[16], serial[16];
    CK flags, numbers[10];
    VERSION hardware, firmware;
    BYTE time[16];
} TOKEN_INFO;
typedef struct { VERSION version; void *functions[68]; } FUNCTION_LIST;

enum { OK = 0, GENERAL = 5, ARGUMENTS = 7, ATTRIBUTE_TYPE = 0x12, CRYPTO_INIT = 0x191, DATA_LEN = 0x21, ENCRYPTED_DATA = 0x40,
       KEY_HANDLE = 0x60, MECHANISM_INVALID = 0x70, OPERATION = 0x91, PIN_INCORRECT = 0xA0, PIN_LOCKED = 0xA4,
       ALREADY_IN = 0x100, NOT_IN = 0x101, BUFFER_TOO_SMALL = 0x150, UNSUPPORTED = 0x54 };
enum { CLASS = 0, TOKEN = 1, PRIVATE = 2, LABEL = 3, VALUE = 0x11, CERTIFICATE_TYPE = 0x80, KEY_TYPE = 0x100, ID = 0x102,
       POINT = 0x181 };
enum { CERTIFICATE = 1, PUBLIC_KEY = 2, PRIVATE_KEY = 3 };

/* Numbers of this module: signing with r || s, with DER, a wrong one; decryption of DER. */
#define SM2_KEY 0x80000004UL
#define SIGN_DER 0x80008104UL
#define SIGN_RAW 0x80008105UL
#define SIGN_WRONG 0x80008106UL
#define DECRYPT_DER 0x80008201UL
static const CK MECHANISMS[] = {SIGN_DER, SIGN_RAW, SIGN_WRONG, DECRYPT_DER};

typedef struct { const char *label; CK class; BYTE id; int key; } OBJECT;
static const OBJECT OBJECTS[] = {
    {"sign", CERTIFICATE, 1, 0}, {"sign", PUBLIC_KEY, 1, 0}, {"sign", PRIVATE_KEY, 1, 0},
    {"enc", CERTIFICATE, 2, 1},  {"enc", PUBLIC_KEY, 2, 1},  {"enc", PRIVATE_KEY, 2, 1},
    {"liar", PUBLIC_KEY, 3, 2},  {"liar", PRIVATE_KEY, 3, 0},
    {"orphan", PRIVATE_KEY, 4, 2},
};
#define COUNT (sizeof OBJECTS / sizeof *OBJECTS)

static EVP_PKEY *keys[3];
static BYTE points[3][67];
static int initialized, logged_in, failed;
static CK sessions, signing_key, signing_mechanism, decrypting_key;
static ATTRIBUTE wanted[8];
static BYTE wanted_values[8][64];
static CK wanted_count, next_object;

/* The key whose d is 32 times this byte. */
static EVP_PKEY *make(int byte, BYTE *point)
{
    BYTE d[32], public[65];
    memset(d, byte, sizeof d);
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_sm2);
    BIGNUM *scalar = BN_bin2bn(d, sizeof d, NULL);
    EC_POINT *on_curve = EC_POINT_new(group);
    EC_POINT_mul(group, on_curve, scalar, NULL, NULL, NULL);
    EC_POINT_point2oct(group, on_curve, POINT_CONVERSION_UNCOMPRESSED, public, sizeof public, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "SM2", 0);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, scalar);
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, public, sizeof public);
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
    EVP_PKEY_fromdata_init(context);
    EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, parameters);
    point[0] = 4, point[1] = 65;
    memcpy(point + 2, public, sizeof public);
    EVP_PKEY_CTX_free(context), OSSL_PARAM_free(parameters), OSSL_PARAM_BLD_free(build);
    EC_POINT_free(on_curve), BN_free(scalar), EC_GROUP_free(group);
    return key;
}

static void pad(BYTE *field, size_t length, const char *text)
{
    memset(field, ' ', length);
    memcpy(field, text, strlen(text));
}

static CK C_Initialize(void *arguments)
{
    (void)arguments;
    if (initialized) return CRYPTO_INIT;
    for (int i = 0; i < 3; i++)
        if (!(keys[i] = make(7 + i, points[i]))) return GENERAL;
    initialized = 1;
    return OK;
}

static CK C_GetInfo(INFO *info)
{
    memset(info, 0, sizeof *info);
    info->version.major = 2, info->version.minor = 40;
    pad(info->maker, 32, "fake maker"), pad(info->description, 32, "fake module");
    return OK;
}

static CK C_GetSlotList(BYTE present, CK *slots, CK *count)
{
    (void)present;
    if (slots) slots[0] = 5;
    *count = 1;
    return OK;
}

static CK C_GetSlotInfo(CK slot, SLOT_INFO *info)
{
    (void)slot;
    memset(info, 0, sizeof *info);
    pad(info->description, 64, "fake slot"), pad(info->maker, 32, "fake maker");
    info->flags = 1;
    return OK;
}

static CK C_GetTokenInfo(CK slot, TOKEN_INFO *info)
{
    (void)slot;
    memset(info, 0, sizeof *info);
    pad(info->label, 32, "fake SM2"), pad(info->maker, 32, "fake maker");
    pad(info->model, 16, "fake"), pad(info->serial, 16, "0001"), pad(info->time, 16, "");
    /* login required, PIN set, token initialized; final try, locked */
    info->flags = 0x4 | 0x8 | 0x400 | (failed == 2 ? 0x20000 : 0) | (failed >= 3 ? 0x40000 : 0);
    info->numbers[4] = 32, info->numbers[5] = 4;
    return OK;
}

static CK C_GetMechanismList(CK slot, CK *list, CK *count)
{
    (void)slot;
    if (list) memcpy(list, MECHANISMS, sizeof MECHANISMS);
    *count = sizeof MECHANISMS / sizeof *MECHANISMS;
    return OK;
}

static CK C_GetMechanismInfo(CK slot, CK kind, MECHANISM_INFO *info)
{
    (void)slot;
    info->least = info->most = 256, info->flags = 0;
    for (CK i = 0; i < sizeof MECHANISMS / sizeof *MECHANISMS; i++)
        if (MECHANISMS[i] == kind) return OK;
    return MECHANISM_INVALID;
}

static CK C_OpenSession(CK slot, CK flags, void *application, void *notify, CK *session)
{
    (void)slot, (void)flags, (void)application, (void)notify;
    *session = ++sessions;
    return OK;
}

static CK C_CloseSession(CK session)
{
    (void)session;
    return OK;
}

static CK C_Login(CK session, CK user, const BYTE *pin, CK length)
{
    (void)session, (void)user;
    if (logged_in) return ALREADY_IN;
    if (failed >= 3) return PIN_LOCKED;
    if (length != 8 || memcmp(pin, "fake-pin", 8)) return failed++, PIN_INCORRECT;
    failed = 0, logged_in = 1;
    return OK;
}

static CK C_Logout(CK session)
{
    (void)session;
    logged_in = 0;
    return OK;
}

/* The value of an attribute: its length, or -1. */
static long value(const OBJECT *object, CK type, BYTE *out)
{
    CK number;
    switch (type) {
    case CLASS: number = object->class; break;
    case KEY_TYPE:
        if (object->class == CERTIFICATE) return -1;
        number = SM2_KEY;
        break;
    case CERTIFICATE_TYPE: number = 0; break;
    case TOKEN: return *out = 1, 1;
    case PRIVATE: return *out = object->class == PRIVATE_KEY, 1;
    case ID: return *out = object->id, 1;
    case LABEL: return memcpy(out, object->label, strlen(object->label)), (long)strlen(object->label);
    case POINT:
        if (object->class != PUBLIC_KEY) return -1;
        return memcpy(out, points[object->key], 67), 67;
    case VALUE: {
        if (object->class != CERTIFICATE) return -1;
        FILE *file = fopen(object->key ? FOLDER "/enc.der" : FOLDER "/sign.der", "rb");
        if (!file) return -1;
        long length = (long)fread(out, 1, 4096, file);
        fclose(file);
        return length;
    }
    default: return -1;
    }
    memcpy(out, &number, sizeof number);
    return sizeof number;
}

static CK C_GetAttributeValue(CK session, CK handle, ATTRIBUTE *list, CK count)
{
    (void)session;
    CK answer = OK;
    BYTE bytes[4096];
    for (CK i = 0; i < count; i++) {
        long length = handle && handle <= COUNT ? value(&OBJECTS[handle - 1], list[i].type, bytes) : -1;
        if (length < 0) list[i].length = (CK)-1, answer = ATTRIBUTE_TYPE;
        else if (!list[i].value) list[i].length = (CK)length;
        else if (list[i].length < (CK)length) list[i].length = (CK)-1, answer = BUFFER_TOO_SMALL;
        else memcpy(list[i].value, bytes, (size_t)length), list[i].length = (CK)length;
    }
    return answer;
}

static CK C_FindObjectsInit(CK session, ATTRIBUTE *list, CK count)
{
    (void)session;
    if (count > 8) return ARGUMENTS;
    for (CK i = 0; i < count; i++) {
        if (list[i].length > 64) return ARGUMENTS;
        memcpy(wanted_values[i], list[i].value, list[i].length);
        wanted[i] = (ATTRIBUTE){list[i].type, wanted_values[i], list[i].length};
    }
    wanted_count = count, next_object = 0;
    return OK;
}

static CK C_FindObjects(CK session, CK *handles, CK most, CK *count)
{
    (void)session;
    BYTE bytes[4096];
    *count = 0;
    while (next_object < COUNT && *count < most) {
        const OBJECT *object = &OBJECTS[next_object++];
        int fits = object->class != PRIVATE_KEY || logged_in;
        for (CK i = 0; fits && i < wanted_count; i++) {
            long length = value(object, wanted[i].type, bytes);
            fits = length == (long)wanted[i].length && !memcmp(bytes, wanted[i].value, (size_t)length);
        }
        if (fits) handles[(*count)++] = next_object;
    }
    return OK;
}

static CK C_FindObjectsFinal(CK session)
{
    (void)session;
    return OK;
}

static CK C_SignInit(CK session, MECHANISM *mechanism, CK handle)
{
    (void)session;
    if (!logged_in) return NOT_IN;
    if (mechanism->mechanism < SIGN_DER || mechanism->mechanism > SIGN_WRONG) return MECHANISM_INVALID;
    if (!handle || handle > COUNT || OBJECTS[handle - 1].class != PRIVATE_KEY) return KEY_HANDLE;
    signing_key = handle, signing_mechanism = mechanism->mechanism;
    return OK;
}

static CK C_Sign(CK session, const BYTE *data, CK length, BYTE *out, CK *out_length)
{
    (void)session;
    if (!signing_key) return OPERATION;
    if (length != 32) return signing_key = 0, DATA_LEN;
    if (!out) return *out_length = 72, OK;
    BYTE digest[32], der[80];
    size_t der_length = sizeof der;
    memcpy(digest, data, 32);
    /* As a module does that hashes what is a digest already. */
    if (signing_mechanism == SIGN_WRONG) EVP_Digest(data, 32, digest, NULL, EVP_sm3(), NULL);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(keys[OBJECTS[signing_key - 1].key], NULL);
    int done = EVP_PKEY_sign_init(context) > 0 && EVP_PKEY_sign(context, der, &der_length, digest, 32) > 0;
    EVP_PKEY_CTX_free(context);
    signing_key = 0;
    if (!done) return GENERAL;
    if (signing_mechanism == SIGN_DER) return memcpy(out, der, der_length), *out_length = der_length, OK;
    const BYTE *at = der;
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)der_length);
    BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, 32), BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + 32, 32);
    ECDSA_SIG_free(signature);
    *out_length = 64;
    return OK;
}

static CK C_DecryptInit(CK session, MECHANISM *mechanism, CK handle)
{
    (void)session;
    if (!logged_in) return NOT_IN;
    if (mechanism->mechanism != DECRYPT_DER) return MECHANISM_INVALID;
    if (!handle || handle > COUNT || OBJECTS[handle - 1].class != PRIVATE_KEY) return KEY_HANDLE;
    decrypting_key = handle;
    return OK;
}

static CK C_Decrypt(CK session, const BYTE *data, CK length, BYTE *out, CK *out_length)
{
    (void)session;
    if (!decrypting_key) return OPERATION;
    if (!out) return *out_length = length, OK;
    size_t plain = *out_length;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(keys[OBJECTS[decrypting_key - 1].key], NULL);
    int done = EVP_PKEY_decrypt_init(context) > 0 && EVP_PKEY_decrypt(context, out, &plain, data, length) > 0;
    EVP_PKEY_CTX_free(context);
    decrypting_key = 0;
    *out_length = plain;
    return done ? OK : ENCRYPTED_DATA;
}

static CK unsupported(void)
{
    return UNSUPPORTED;
}

static FUNCTION_LIST functions;

CK C_GetFunctionList(FUNCTION_LIST **list)
{
    functions.version.major = 2, functions.version.minor = 40;
    for (int i = 0; i < 68; i++) functions.functions[i] = (void *)unsupported;
    void **at = functions.functions;
    at[0] = (void *)C_Initialize, at[2] = (void *)C_GetInfo, at[3] = (void *)C_GetFunctionList;
    at[4] = (void *)C_GetSlotList, at[5] = (void *)C_GetSlotInfo, at[6] = (void *)C_GetTokenInfo;
    at[7] = (void *)C_GetMechanismList, at[8] = (void *)C_GetMechanismInfo;
    at[12] = (void *)C_OpenSession, at[13] = (void *)C_CloseSession;
    at[18] = (void *)C_Login, at[19] = (void *)C_Logout;
    at[24] = (void *)C_GetAttributeValue;
    at[26] = (void *)C_FindObjectsInit, at[27] = (void *)C_FindObjects, at[28] = (void *)C_FindObjectsFinal;
    at[33] = (void *)C_DecryptInit, at[34] = (void *)C_Decrypt;
    at[42] = (void *)C_SignInit, at[43] = (void *)C_Sign;
    *list = &functions;
    return OK;
}
