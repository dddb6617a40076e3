/** The groups of the picker, in their order. */
export type EmojiGroup =
  | 'faces'
  | 'people'
  | 'hearts'
  | 'nature'
  | 'food'
  | 'activity'
  | 'places'
  | 'objects'
  | 'symbols';

/** Emojis that phones and browsers of the last five years draw, in the order of keyboards. */
export const EMOJI_GROUPS: readonly { name: EmojiGroup; emojis: readonly string[] }[] = (
  [
    [
      'faces',
      '😀 😃 😄 😁 😆 😅 🤣 😂 🙂 🙃 🫠 😉 😊 😇 🥰 😍 🤩 😘 😗 😚 😙 🥲 😋 😛 😜 🤪 😝 🤑 🤗 🤭 🫢 🤫 🤔 🫡 🤐 🤨 😐 😑 😶 😏 😒 🙄 😬 🤥 😌 😔 😪 🤤 😴 😷 🤒 🤕 🤢 🤮 🤧 🥵 🥶 🥴 😵 🤯 🤠 🥳 🥸 😎 🤓 🧐 😕 😟 🙁 ☹️ 😮 😯 😲 😳 🥺 🥹 😦 😧 😨 😰 😥 😢 😭 😱 😖 😣 😞 😓 😩 😫 🥱 😤 😡 😠 🤬 😈 👿 💀 💩 🤡 👻 👽 🤖 😺 😸 😹 😻 😼 😽 🙀 😿 😾 🙈 🙉 🙊',
    ],
    [
      'people',
      '👋 🤚 🖐️ ✋ 🖖 👌 🤌 🤏 ✌️ 🤞 🫰 🤟 🤘 🤙 👈 👉 👆 👇 ☝️ 👍 👎 ✊ 👊 🤛 🤜 👏 🙌 🫶 👐 🤲 🤝 🙏 ✍️ 💅 🤳 💪 👂 👃 🧠 👀 👁️ 👅 👄 👶 🧒 👦 👧 🧑 👨 👩 🧓 👴 👵 🙍 🙎 🙅 🙆 💁 🙋 🙇 🤦 🤷 👮 👷 🤴 👸 👳 🧕 🤵 👰 🤰 🤱 👼 🎅 🦸 🧙 🧚 🧛 💆 💇 🚶 🧍 🏃 💃 🕺 🧘 🛌 👭 👫 👬 💏 💑 👪 👣',
    ],
    [
      'hearts',
      '❤️ 🧡 💛 💚 💙 💜 🤎 🖤 🤍 💔 ❣️ 💕 💞 💓 💗 💖 💘 💝 💟 💌 💋 💯 💢 💥 💫 💦 💨 💬 💭 💤 ✨ ⭐ 🌟 🔥 🎉 🎊 🎈 🎁 🎂 🏆 🥇',
    ],
    [
      'nature',
      '🐶 🐱 🐭 🐹 🐰 🦊 🐻 🐼 🐨 🐯 🦁 🐮 🐷 🐸 🐵 🐔 🐧 🐦 🐤 🦆 🦅 🦉 🦇 🐺 🐗 🐴 🦄 🐝 🐛 🦋 🐌 🐞 🐜 🦗 🕷️ 🦂 🐢 🐍 🦎 🐙 🦑 🦐 🦀 🐠 🐟 🐬 🐳 🦈 🐊 🐅 🦓 🦍 🦧 🐘 🦏 🐪 🦒 🐃 🐄 🐎 🐖 🐑 🐐 🦌 🐕 🐈 🐓 🦚 🦜 🦢 🕊️ 🐇 🌵 🎄 🌲 🌳 🌴 🌱 🌿 ☘️ 🍀 🍃 🍂 🍁 🍄 🌾 💐 🌷 🌹 🥀 🌺 🌸 🌼 🌻 🌞 🌝 🌙 🌎 ☀️ ⛅ ☁️ 🌧️ ⛈️ ⚡ ❄️ ☃️ ☔ 💧 🌊 🌈 🌋',
    ],
    [
      'food',
      '🍏 🍎 🍐 🍊 🍋 🍌 🍉 🍇 🍓 🫐 🍈 🍒 🍑 🥭 🍍 🥥 🥝 🍅 🍆 🥑 🥦 🥬 🥒 🌶️ 🌽 🥕 🧄 🧅 🥔 🍠 🥐 🍞 🥖 🧀 🥚 🍳 🥞 🥓 🥩 🍗 🍖 🌭 🍔 🍟 🍕 🥪 🌮 🌯 🥗 🍝 🍜 🍲 🍛 🍣 🍱 🥟 🍤 🍙 🍚 🍘 🍥 🍢 🍡 🍧 🍨 🍦 🥧 🧁 🍰 🍮 🍭 🍬 🍫 🍿 🍩 🍪 🥜 🍯 🥛 ☕ 🫖 🍵 🧃 🥤 🧋 🧊 🥄 🍴 🍽️ 🥣',
    ],
    [
      'activity',
      '⚽ 🏀 🏈 ⚾ 🥎 🎾 🏐 🏉 🎱 🏓 🏸 🏒 🏏 🥅 ⛳ 🎣 🥊 🥋 🛹 ⛸️ 🏋️ 🤸 🏊 🏄 🚴 🏅 🎫 🎪 🎭 🎨 🎬 🎤 🎧 🎼 🎹 🥁 🎷 🎺 🎸 🎻 🎲 ♟️ 🎯 🎳 🎮 🧩',
    ],
    [
      'places',
      '🚗 🚕 🚙 🚌 🏎️ 🚓 🚑 🚒 🚐 🚚 🚜 🛵 🏍️ 🛺 🚲 🛴 🚨 🚂 🚆 🚇 ✈️ 🛫 🛬 🚀 🛸 🚁 ⛵ 🚤 🚢 ⚓ ⛽ 🚧 🚦 🗺️ 🗿 🗽 🗼 🏰 🏟️ 🎡 🎢 ⛲ 🏖️ 🏝️ 🏜️ ⛰️ 🏔️ ⛺ 🏠 🏡 🏢 🏥 🏦 🏨 🏪 🏫 🏭 💒 ⛪ 🕌 🛕 🕋 🌅 🌄 🌆 🌃 🌉',
    ],
    [
      'objects',
      '⌚ 📱 💻 ⌨️ 🖥️ 🖨️ 🖱️ 💾 📷 📹 🎥 📞 ☎️ 📺 📻 ⏰ ⌛ ⏳ 🔋 🔌 💡 🔦 🕯️ 🗑️ 💸 💵 💰 💳 💎 🔧 🔨 🔩 ⚙️ 🔫 💣 🔪 🛡️ 🚬 🔮 📿 💊 💉 🩹 🧬 🦠 🧪 🌡️ 🧹 🧺 🧻 🚽 🚿 🛁 🧼 🔑 🚪 🪑 🛋️ 🛏️ 🧸 🖼️ 🛍️ 🛒 🎀 🪔 ✉️ 📧 📦 📬 📜 📄 📊 📈 📉 📅 📋 📁 📰 📚 📖 🔖 📎 📌 📍 ✂️ 🖊️ ✏️ 🔍 🔒 🔓 👓 🕶️ 👔 👕 👖 👗 👘 👙 👚 👛 👜 🎒 👟 👠 👑 🎩 🎓 💄 💍',
    ],
    [
      'symbols',
      '✅ ☑️ ✔️ ❌ ❎ ➕ ➖ ➗ ✖️ ❓ ❗ ‼️ ⁉️ ⚠️ 🚫 ⛔ 🔞 ♻️ ⬆️ ➡️ ⬇️ ⬅️ 🔄 🔙 🔜 🔝 🆗 🆕 🆒 🆓 🆘 🔴 🟠 🟡 🟢 🔵 🟣 ⚫ ⚪ 🟥 🟩 🟦 🔔 🔕 📢 🎵 🎶 ☮️ ✝️ ☪️ 🕉️ ☸️ ☯️ 0️⃣ 1️⃣ 2️⃣ 3️⃣ 4️⃣ 5️⃣ 6️⃣ 7️⃣ 8️⃣ 9️⃣ 🔟 🏁 🚩 🏳️ 🏴 🏳️‍🌈 🇮🇩 🇲🇾 🇸🇬 🇧🇳 🇹🇱 🇵🇭 🇹🇭 🇻🇳 🇯🇵 🇰🇷 🇨🇳 🇮🇳 🇦🇺 🇳🇱 🇬🇧 🇺🇸 🇩🇪 🇫🇷 🇸🇦 🇵🇸 🇹🇷 🇪🇬',
    ],
  ] as const
).map(([name, emojis]) => ({ name, emojis: emojis.split(' ') }));

/** An emoji and its words in Indonesian and English, one on each line. */
const WORDS = `
😀 senyum gembira smile happy
😂 tertawa ngakak laugh tears lol
🤣 tertawa ngakak guling laugh rofl
😅 keringat lega sweat phew
😊 senyum malu smile blush
😍 cinta suka love eyes
🥰 sayang cinta love hearts
😘 cium kiss
😉 kedip wink
😎 keren cool
🤔 pikir bingung think
🙄 malas eyeroll
😴 tidur ngantuk sleep
😷 sakit masker sick mask
🤒 sakit demam sick fever
🤢 mual sick
🤮 muntah vomit
🥵 panas hot
🥶 dingin cold
🤯 kaget meledak mindblown
🥳 pesta selamat party
😮 kaget wow surprised
😲 kaget heran astonished
😳 malu flushed
🥺 mohon memelas please
🥹 haru terharu touched
😢 sedih menangis sad cry
😭 sedih menangis nangis cry sob
😱 takut kaget scream fear
😡 marah angry
😠 marah angry
🤬 marah umpat swear
😇 malaikat angel
🤗 peluk hug
🤫 diam ssst quiet
🫡 hormat siap salute
💀 mati tengkorak skull dead
💩 tahi poop
🤡 badut clown
👻 hantu ghost
🤖 robot
🙈 monyet malu monkey
👋 halo dadah wave hello bye
👌 oke ok
✌️ damai peace
🤞 semoga luck
👍 jempol setuju ya bagus like yes thumbs up
👎 jelek tidak dislike no thumbs down
👊 tinju fist
👏 tepuk selamat clap
🙌 hore puji hooray
🫶 hati cinta heart hands
🤝 sepakat salam deal handshake
🙏 terima kasih mohon doa thanks pray please
💪 kuat semangat strong muscle
👀 lihat mata eyes look
🤦 tepuk jidat facepalm
🤷 entah tidak tahu shrug
🙋 saya tunjuk raise hand
👶 bayi baby
👪 keluarga family
🏃 lari run
💃 tari joget dance
❤️ hati cinta merah heart love red
💔 patah hati broken heart
💕 hati cinta hearts love
💯 seratus sempurna hundred perfect
🔥 api panas keren fire hot
✨ kilau sparkles
⭐ bintang star
🎉 selamat pesta rayakan party congratulations
🎊 selamat pesta confetti
🎈 balon balloon
🎁 hadiah kado gift present
🎂 ulang tahun kue birthday cake
🏆 juara piala trophy win
🥇 juara emas gold first
🐶 anjing dog
🐱 kucing cat
🐭 tikus mouse
🐰 kelinci rabbit
🐔 ayam chicken
🐓 ayam jago rooster
🐟 ikan fish
🐄 sapi cow
🐐 kambing goat
🐘 gajah elephant
🦋 kupu-kupu butterfly
🐝 lebah bee
🐢 kura-kura penyu turtle
🐍 ular snake
🌴 kelapa pohon palm tree
🌹 mawar bunga rose flower
🌸 bunga flower blossom
🌻 bunga matahari sunflower
☀️ matahari cerah sun sunny
🌙 bulan malam moon night
☁️ awan mendung cloud
🌧️ hujan rain
☔ hujan payung umbrella rain
⚡ petir listrik lightning
🌈 pelangi rainbow
🌊 ombak laut wave sea
🌋 gunung api volcano
❄️ salju dingin snow
🍎 apel apple
🍌 pisang banana
🍉 semangka watermelon
🥭 mangga mango
🍍 nanas pineapple
🥥 kelapa coconut
🌶️ cabai pedas chili hot
🍚 nasi rice
🍜 mi bakso noodles
🍛 kari curry
🍲 sup soto soup
🍢 sate skewer
🍗 ayam goreng chicken
🍳 telur egg
🍞 roti bread
🍔 burger
🍕 pizza
🍟 kentang fries
🍦 es krim ice cream
🍫 cokelat chocolate
☕ kopi coffee
🍵 teh tea
🧋 boba tea
🥤 minum drink
🍽️ makan eat plate
⚽ bola sepak football soccer
🏀 basket basketball
🏸 bulu tangkis badminton
🏐 voli volleyball
🎮 main game
🎵 musik lagu music song
🎶 musik lagu music song
🎤 nyanyi karaoke sing microphone
🎸 gitar guitar
🎨 lukis seni art paint
🎬 film movie
🚗 mobil car
🚕 taksi taxi
🚌 bus
🛵 motor skuter scooter
🏍️ motor motorcycle
🛺 bajaj tuk tuk
🚲 sepeda bicycle
🚂 kereta train
🚆 kereta train
✈️ pesawat terbang plane flight
🚢 kapal ship
🚀 roket rocket
🏠 rumah home house
🏥 rumah sakit hospital
🏫 sekolah school
🕌 masjid mosque
⛪ gereja church
🛕 pura temple
🕋 kabah kaaba
🏖️ pantai beach
⛰️ gunung mountain
📱 ponsel hp phone
💻 laptop komputer computer
📷 kamera foto camera photo
📞 telepon phone call
📺 tv televisi
⏰ alarm jam bangun clock
⏳ tunggu waktu wait time
💡 ide lampu idea light
💸 uang bayar money
💵 uang dolar money
💰 uang money
🔧 perbaiki alat tool fix
💊 obat pil medicine
💉 suntik vaksin vaccine
🔑 kunci key
🔒 kunci gembok lock
🛒 belanja keranjang shopping cart
🛍️ belanja shopping
📦 paket kirim package
📧 surel email
📅 tanggal kalender calendar date
📊 grafik chart
📚 buku belajar books study
📖 buku baca book read
📌 pin sematkan
📍 lokasi tempat location
✏️ tulis pensil write pencil
🔍 cari search
👑 raja mahkota crown king
🎓 wisuda lulus graduate
💍 cincin nikah ring wedding
👰 nikah pengantin bride wedding
✅ selesai beres sudah done check
❌ salah batal tidak wrong no cancel
❓ tanya question
❗ penting seru important
⚠️ awas hati-hati warning
🚫 dilarang forbidden
🆘 tolong help
🔔 lonceng notifikasi bell
📢 pengumuman announcement
💤 tidur sleep
🇮🇩 indonesia merah putih bendera flag
🇲🇾 malaysia bendera flag
🇸🇬 singapura singapore bendera flag
🇵🇸 palestina palestine bendera flag
`;

const index = WORDS.trim()
  .split('\n')
  .map((line) => {
    const [emoji = '', ...words] = line.split(' ');
    return { emoji, words };
  });

/**
 * The emojis of which a word begins with each word of a search, in either language; an emoji finds itself. Undefined for an
 * empty search.
 */
export function findEmojis(search: string): string[] | undefined {
  const wanted = search.trim().toLowerCase().split(/\s+/);
  if (wanted[0] === '') return undefined;
  const matches = ({ emoji, words }: (typeof index)[number]) =>
    wanted.every((one) => one === emoji || words.some((word) => word.startsWith(one)));
  return index.filter(matches).map(({ emoji }) => emoji);
}
