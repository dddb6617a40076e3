/**
 * The passwords guessed first, worldwide and in Indonesia, of 8 characters or more, lower case: what a guesser tries
 * within the ten guesses the throttle leaves (NIST SP 800-63B-4 §3.1.1.2 requires such a list).
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `12345678 123456789 1234567890 12341234 11111111 00000000 88888888 87654321 123123123 987654321 0987654321 11223344
  112233445566 12344321 1q2w3e4r 1q2w3e4r5t 1qaz2wsx qazwsxedc zaq12wsx q1w2e3r4 qwertyui qwertyuiop qwerty12 qwerty123
  qwerty1234 qwerty12345 1qazxsw2 asdfghjk asdfghjkl asdfasdf zxcvbnm1 zxcvbnm123 password password1 password12
  password123 password1234 passw0rd p@ssw0rd p@ssword pa55word letmein1 letmein123 welcome1 welcome123 iloveyou
  iloveyou1 iloveyou2 sunshine sunshine1 princess princess1 football football1 baseball baseball1 superman superman1
  batman123 starwars whatever trustno1 dragon123 monkey123 shadow123 master123 computer internet samsung1 google123
  facebook instagram whatsapp telegram admin123 admin1234 administrator adminadmin root1234 rootroot toor1234 test1234
  testtest user1234 guest123 changeme default1 secret123 secretsecret abcd1234 abcdefgh abc12345 abc123456 a1234567
  a12345678 aa123456 aa12345678 aaaaaaaa asdf1234 qwer1234 zxcv1234 1a2b3c4d 12qwaszx michelle jennifer jessica1
  charlie1 michael1 jordan23 liverpool liverpool1 chelsea1 manchester manchesterunited arsenal1 barcelona realmadrid
  juventus pokemon1 naruto123 onepiece minecraft roblox123 freefire mobilelegends pubgmobile indonesia indonesia1
  indonesia123 jakarta1 jakarta123 bandung1 bandung123 surabaya surabaya1 yogyakarta semarang bismillah bismillah1
  bismillah123 alhamdulillah assalamualaikum astagfirullah insyaallah muhammad muhammad1 rahasia1 rahasia123
  katasandi katasandi1 katasandi123 sandi123 sandi1234 password_ sayang123 sayangku sayangkamu sayang12 cintaku1
  cintaku123 akusayangkamu akucintakamu akucintakamuselamanya doraemon doraemon1 hello123 hellokitty keluarga
  keluargaku keluarga1 bahagia1 bahagia123 merdeka1 merdeka45 merdeka1945 garuda123 persib1933 persija1928 arema1987
  bonekmania anakanak mamapapa mamapapa1 papamama ayahibu1 ayahbunda ibuayah1 bismilah adminbisik bisik123 bisikbisik
  semangat semangat45 terimakasih selamatpagi selamatdatang lupasandi gakadapassword tidakada qwertyuiop123`
    .split(/\s+/)
    .filter((word) => word.length >= 8),
);
