//! PINs of eight characters and more that everybody tries first, in lower case. What follows a rule (a sequence, a
//! repetition, a date) is caught by the rule and need not be here.

#[rustfmt::skip]
pub(super) const COMMON: &[&str] = &[
    // Words and names.
    "password", "passw0rd", "p@ssword", "p@ssw0rd", "pa$$word", "pa$$w0rd", "passwort", "password!", "password1", "password2",
    "password12", "password123", "password1234", "password01", "passw0rd1", "passw0rd123", "p@ssw0rd1", "p@ssw0rd123",
    "p@ssw0rd!", "p@ssword1", "p@ssword123", "mypassword", "passpass", "changeme", "changeme1", "changeme123", "changeit",
    "letmein1", "letmein123", "welcome1", "welcome123", "welcome!", "iloveyou", "iloveyou1", "iloveyou2", "sunshine",
    "princess", "football", "baseball", "superman", "spiderman", "starwars", "trustno1", "whatever", "computer", "internet",
    "michelle", "jennifer", "jessica1", "michael1", "charlie1", "dragon123", "monkey123", "master123", "shadow123",
    "hello123", "helloworld", "hello1234", "freedom1", "liverpool", "chocolate", "butterfly", "jordan23", "corvette",
    "mercedes", "mustang1", "midnight", "blink182", "metallica", "nirvana1", "elephant", "security", "computer1", "samsung1",
    "snoopy123", "victoria", "veronica", "alexander", "benjamin", "danielle", "nicholas", "christian", "anthony1",
    "pokemon1", "minecraft", "football1", "baseball1", "abcd1234", "abc12345", "abc123456", "abcdef123", "abc123abc",
    "abcabc123", "a1b2c3d4", "a1234567", "a12345678", "a123456789", "aa123456", "aa12345678", "aaa123456", "aaaa1111",
    "1234abcd", "12345abc", "123456ab", "123456abc", "12345678a", "12345678x", "123456789a", "123456aa", "1a2b3c4d",
    "123abc456", "q1w2e3r4", "q1w2e3r4t5", "q1w2e3r4t5y6", "1q2w3e4r", "1q2w3e4r5t", "1q2w3e4r5t6y", "qwer1234", "1234qwer",
    "qwerty12", "qwerty123", "qwerty1234", "qwerty123456", "123qweasd", "qwe123456", "qweasd123", "asdf1234", "asd123456",
    "zxc123456", "zxcvbnm1", "zxcvbnm123", "zaq12wsx", "zaq1zaq1", "!qaz2wsx", "1qaz@wsx", "!qaz@wsx", "1qaz!qaz", "1qazxsw2",
    "qazwsxedc", "qazwsx123", "asdfjkl;", "asdfasdf1", "google123", "facebook1", "linkedin", "myspace1", "pass1234",
    "pass@word1", "pass@123", "p@55w0rd", "admin123", "admin1234", "admin12345", "admin@123", "admin888", "admin888888",
    "adminadmin1", "administrator", "root1234", "root123456", "toor1234", "user1234", "user123456", "test1234", "test12345",
    "test123456", "testtest1", "guest123", "guest1234", "demo1234", "demo123456", "default1", "default123", "temp1234",
    "secret123", "system123", "server123", "oracle123", "mysql123", "windows1", "master01", "access14", "login123",
    // Digits by habit: birthdays and rules have their own check.
    "11223344", "12341234a", "1122334455", "112233445566", "11112222", "11114444", "12344321", "1234554321", "123454321",
    "123321123", "123123123a", "12312312", "1231231231", "123456123", "123456123456a", "123456654321", "12345687", "12345679",
    "1234567899", "1234567891", "12345678910", "1234567890a", "123456788", "123698745", "147258369", "14725836", "147852369",
    "159357159", "159753456", "159357456", "741852963", "789456123", "789456123a", "963852741", "987456321", "321654987",
    "456123789", "147896325", "0147258369", "10203040", "1020304050", "00001111", "12123434", "11335577", "13572468",
    "24681012", "02468135", "31415926", "314159265", "3141592653", "27182818", "88886666", "66668888", "88889999", "66669999",
    "16881688a", "16888888", "18888888", "66666688", "66688888", "88888866", "99998888", "98765432a", "01234567a",
    // Habits of Chinese users.
    "5201314a", "52013140", "52013145", "5201314520", "1314520a", "1314520520", "13145200", "13141314a", "520520520a",
    "a5201314", "aini1314", "aini5201314", "woaini520", "woaini521", "woaini1314", "woaini123", "woaini1314520", "woaini5201314",
    "woaiwojia", "woaimama", "woaizhongguo", "wozuishuai", "buzhidao", "wangjian", "zhangwei", "wangwei1", "liuwei123",
    "zhang123", "wang1234", "wang123456", "li123456", "zhang123456", "liu123456", "chen123456", "yang123456", "woshishui",
    "nihao123", "nihao1234", "beijing1", "beijing2008", "beijing123", "shanghai", "shanghai1", "guangzhou", "shenzhen",
    "zhongguo", "zhongguo1", "china123", "china1234", "china123456", "mima1234", "mima123456", "mimamima1", "yinzhang",
    "dianziyinzhang", "gongzhang", "gongzhang1", "yinzhang123", "qianzhang", "zhengwu123", "zwfw1234", "zhengshu",
    "caonima1", "caonima123", "nishizhu", "nicai123", "xiaoming", "xiaoming1", "xiaoxiao1", "tiantian1", "baobao123",
    "wodemima", "wodemima1", "wobuzhidao", "taobao123", "alibaba1", "tencent1", "baidu123", "huawei123", "qq123456",
    "qq123456789", "qwqwqwqw1", "as123456", "qq12345678", "asd12345", "zz123456", "xx123456", "ww123456", "ll123456",
    "abc@1234", "abc@123456", "abc!1234", "aa@123456", "qwe@1234", "qwer@1234", "admin@1234", "huawei@123", "huawei12#$",
    "changeme_123", "admin_123", "inspur@123", "1qaz2wsx#", "1qaz@2wsx", "seal1234", "seal123456", "eseal123", "eseal1234",
    "token123", "token1234", "ukey1234", "ukey123456", "usbkey123", "pin12345", "pin123456",
];
