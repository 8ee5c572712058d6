"""Sorts words of many languages into the few classes that orders to a model are made of.

Invariants: pure data and one lookup. A word that training never met counts through its class, and a class counts in
every language. Words are folded as `features.tokens` folds them: lower case, without accents; a star ends a stem.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

_TABLE = {
    "model": """
        ai llm llms gpt* chatgpt chatbot* bot bots copilot* claude gemini assistant* model models agent agents
        robot* summariser* summarizer* siri alexa neural transformer machine* automat* crawler* screener* ki
        sprachmodell* assistent* modell* ia modele* asistente* modelo* assistente* modello modelli intelligenza
        inteligencia intelligence inteligencja taalmodel* sprakmodell* kunstig* kunstmatige asystent* sztuczn*
        asistent* umel* ии нейросет* ассистент* модел* бот* помощник* ші нейромереж* асистент* помічник* yapay
        asistan* modelin* الذكاء مساعد* المساعد* نموذج* النموذج* एआई सहायक मॉडल asisten* βοηθ* μοντελο* umala*
        szteri* asszisztens* tekoal* avustaja* 人工智能 助手 模型 机器人 機器人 语言模型 大模型 アシスタント
        モデル エーアイ ボット 인공지능 어시스턴트 모델 비서 챗봇 ผู้ช่วย ปัญญาประดิษฐ์ โมเดล""",
    "rules": """
        instruction* direction* rule rules guideline* guidance order orders prompt prompts command commands
        directive* constraint* programming policy policies restriction* limitation* brief briefing briefs
        protocol* safeguard* guardrail* mandate* settings task tasks assignment* objective* request requests
        filter filters ethics moral* alignment safety anweisung* vorgabe* regel* richtlinie* befehl* auftrag*
        aufgabe* einschrankung* beschrankung* weisung* systemprompt* consigne* regle* directive* ordre ordres
        tache* restriction* instruccion* orden ordenes regla* directriz directrices tarea* indicacion*
        restriccion* istruzion* regol* direttiv* ordini ordine comand* compit* restrizion* linee instruco*
        instruca* instruco* ordem ordens regra* diretriz* tarefa* comando* restrico* restrica* opdracht*
        instructie* regels richtlijn* taak taken beperking* instruktion* regler riktlinje* uppgift* anvisning*
        order instrukcj* polece* zasad* wytyczn* zadani* ogranicz* rozkaz* pokyn* pravid* prikaz* ukol* omezen*
        указани* инструкц* правил* приказ* команд* задани* задач* ограничен* вказівк* інструкц* завдан* обмежен*
        talimat* kural* emir* komut* gorev* kisitlama* sinirlama* التعليمات تعليمات القواعد قواعد الاوامر اوامر
        قيود القيود निर्देश* नियम* आदेश* instruksi aturan perintah batasan tugas οδηγι* κανον* εντολ*
        instructiun* regul* utasitas* szabaly* ohje* saant* 指令 指示 规则 規則 要求 命令 任务 提示词 限制 限制
        制限 ルール 指令 命令 제한 지시 규칙 명령 지침 คำสั่ง กฎ ข้อจำกัด""",
    "prior": """
        previous* prior earlier preceding former foregoing initial* original* existing above before past
        precedent* vorherig* bisher* fruher* vorig* bislang zuvor obig* ursprunglich* precedent* anterieur*
        avant anterior* previo* previa* previas previos antes precedent* prima finora ricevut* anteriores vorige
        eerder* voorgaand* tidigare foregaende hittills wczesniej* poprzedni* dotychczas* predchoz* dosavadn*
        drive* прежн* предыдущ* ранее раньше прошл* попередн* раніше onceki* daha السابقة السابق قبل पिछले पिछली
        पहले sebelumnya terdahulu προηγουμεν* anterioare korabbi* elozo aiem* 之前 以前 先前 此前 上面 前述
        これまで 以前 前の 上記 이전 앞선 지금까지 ก่อนหน้า truoc""",
    "drop": """
        ignore* ignoring disregard* forget* override* overrul* bypass* skip* discard* cancel* neglect* abandon*
        erase* wipe* suspend* dismiss* circumvent* deactivat* disobey* overlook* scrap* shelve* jettison*
        unlearn* void* nullif* supersed* revok* rescind* retract* obsolete invalid* expire* outdated lift lifted
        lifts ignorier* vergiss vergessen missachte* uberschreib* ubergeh* aufgehoben hinfallig ungultig* ausser
        gestrichen ignorez oublie* ignore* annul* delaisse* contourne* abandonne* ignora* olvida* olvide*
        descarta* desobedec* anula* omite* omita* deja dejar dimentica* trascura* annulla* scarta* tralascia*
        ignori* esquec* desconsider* ignorar cancele* descarte* negeer* vergeet* overslaan sla vervall* glom*
        bortse* ignorera* strunta* upphav* ignoruj* zignoruj* zapomnij* pomin* pomij* porzuc* odrzuc* uniewaz*
        zapomen* vynech* zrusen* neplat* игнориру* проигнориру* забудь* отмен* аннулир* отбрось* ігнору*
        проігнору* забудь* скасован* відкинь* yok unut* gormezden bosver* iptal* gecersiz تجاهل* انس* الغ* ألغ*
        भूल* अनदेखा छोड़* रद्द abaikan lupakan batalkan αγνοησ* ξεχασ* ignora* uita felejts* hagyd unohda*
        ohita* 忽略 无视 無視 忘记 忘掉 忘れ 作废 取消 废止 不要理会 무시 잊어 취소 무효 ละเว้น เพิกเฉย ลืม
        bo_qua quen_di phot_lo""",
    "instead": """
        instead rather stattdessen plutot instead invece lugar em_vez zamiast misto вместо взамен натомість
        yerine بدلا इसके sebaliknya αντι istället istallet plats 而是 改为 代わりに 대신 แทน thay""",
    "now": """
        now henceforth onwards hereafter forthwith immediately effective ab_jetzt ab_sofort fortan nunmehr jetzt
        nun desormais maintenant dorenavant ahora adelante d'ora adesso agora partir doravante nu voortaan vanaf
        hadanefter teraz odtad odteraz nyni ted отныне теперь сейчас впредь відтепер тепер artik simdi itibaren
        الان الآن अब sekarang mulai τωρα acum mostantol nyt 从现在 现在 今后 今から これから 지금 이제 부터
        จากนี้ ตอนนี้ tu_gio bay_gio""",
    "only": """
        only nothing solely exclusively merely just nur ausschliesslich nichts lediglich seulement uniquement
        rien solo solamente unicamente soltanto nada apenas somente alleen uitsluitend niets bara endast inget
        tylko wylacznie nic jen pouze nic только лишь ничего лише тільки нічого yalnizca sadece فقط केवल सिर्फ
        hanya μονο doar csak vain 只 仅 仅仅 だけ のみ 만 เท่านั้น chi""",
    "answer": """
        answer* reply replies respond* response* output* print* say saying state write* type summary summaries
        summari* verdict antwort* ausgabe* ausgeb* gib sag sage schreib* zusammenfass* reponds repond* reponse*
        ecri* affiche* dis dites resume* responde* responda* respuesta* escrib* di diga muestra imprim* resumen
        rispond* risposta* scriv* stampa* riassunt* responda* resposta* escrev* diga imprima resumo antwoord*
        schrijf* zeg geef samenvat* svara* svar skriv* sag odpowied* odpowiadaj* napisz* wypisz* wyswietl*
        streszcz* odpove* odpovez* napis* vypis* ответь* отвеча* ответ* напиши* выведи* напечатай* скажи*
        відповід* напиши* виведи* скажи* cevap* yanit* yaz yazin yazdir* soyle* اجب أجب اكتب قل جواب الرد उत्तर
        जवाब लिखो लिखें कहो jawab* tulis* katakan απαντ* γραψ* raspund* scrie* valaszolj* irj ird vastaa*
        kirjoita* 回答 回复 输出 写 总结 答え 返答 出力 書い 書き 要約 답하 대답 출력 써 쓰 요약 ตอบ เขียน พิมพ์
        tra_loi viet""",
    "reveal": """
        reveal* disclos* leak* repeat* recite* dump* expose* divulg* quote* verbatim word-for-word spell* share*
        confess* betray* verrat* verrate* zeig* wiederhol* preisgeb* wortlich* offenleg* nenn* revele* repete*
        montre* divulgue* mot-a-mot revela* repite* repita* muestra* ensena* palabra rivela* ripeti* mostra*
        svela* revele* repita* mostre* exiba* onthul* herhaal* toon* letterlijk avsloja* upprepa* visa ordagrant
        ujawni* powtorz* pokaz* doslownie odhal* zopakuj* ukaz* doslova раскро* повтори* покажи* дословно
        сообщи* розкрий* дослівно goster* acikla* tekrarla* kelimesi اكشف كرر اعرض أظهر حرفيا बताओ दोहराओ दिखाओ
        दोहराएं tunjukkan ungkap* ulangi αποκαλυψ* επαναλαβ* dezvaluie* aruld ismeteld paljasta* toista* 透露
        泄露 显示 重复 逐字 告诉我 公开 明か 繰り返 表示 見せ 教え 공개 보여 반복 알려 เปิดเผย แสดง tiet_lo
        lap_lai""",
    "secret": """
        secret* password* passphrase* passcode* passwd token tokens credential* confidential* hidden key keys
        flag system-prompt context configuration config api geheim* passwort* kennwort* versteckt* verborgen*
        zugangs* secrete* passe cache cachee* confidentiel* contrasena* clave* secreto* ocult* confidencial*
        segret* nascost* parola senha* chave* oculta* wachtwoord* verborgen geheime losenord* dold* hemlig*
        haslo* ukryt* tajn* poufn* heslo* skryt* пароль* парол* секрет* скрыт* ключ* прихован* таємн* parola*
        sifre* gizli* كلمة السر سرية مخفية المخفية गुप्त पासवर्ड छिप* rahasia sandi tersembunyi κωδικ* μυστικ*
        parola* secret* jelszo* titkos salasana* piilotet* 密码 秘密 隐藏 机密 系统提示 系统消息 パスワード 秘密
        隠され 機密 プロンプト 비밀번호 비밀 숨겨진 암호 รหัสผ่าน ความลับ mat_khau bi_mat""",
    "user": """
        user users human humans reader readers customer* person visitor* operator owner client* nutzer*
        benutzer* leser* kunde* kunden anwender* utilisateur* lecteur* client* usuario* lector* cliente* utente*
        lettore* usuario* leitor* gebruiker* lezer* klant* anvandar* lasar* kund* uzytkownik* czytelnik* klient*
        uzivatel* ctenar* пользовател* читател* клиент* человек* користувач* читач* kullanici* okuyucu* musteri*
        المستخدم القارئ مستخدم उपयोगकर्ता पाठक pengguna pembaca χρηστη* αναγνωστ* utilizator* felhasznalo*
        kayttaja* 用户 读者 客户 ユーザー 利用者 読者 사용자 독자 고객 ผู้ใช้ nguoi_dung""",
    "hide": """
        silently secretly quietly covertly conceal* hide hides mention mentions withhold* omit* unnoticed notify
        inform heimlich verschweig* erwahne* verheimlich* stillschweigend unbemerkt mentionne* cache* tais
        discretement mencion* oculta* ocultar calla* menzion* nascond* taci oculte* mencione* esconda* vermeld*
        verzwijg* verberg* namn nämn* dolj* tig wspomin* ukryj* przemilcz* zataj* nezminuj* zaml* упомина* скро*
        молчи* умолч* згаду* приховай* bahsetme* gizle* belli لا_تذكر اخف أخف छिपाओ सूचित sebutkan sembunyikan
        不要提 隐瞒 隐藏 言及 隠し 언급 숨기 숨겨 บอก""",
    "send": """
        send sends sending forward* transmit* upload* exfiltrat* post posts email e-mail mail curl fetch* visit*
        click* append* embed* insert* include* attach* render* send* sende* schick* ubermittl* leite weiterleit*
        besuch* klick* fuge einfug* envoie* envoyez transmet* visite* clique* ajoute* insere* envia* envie*
        enviar manda* mande visita* haz agrega* anade* inclu* invia* manda* inoltra* visita* aggiungi* inser*
        envie* visite* adicion* acrescent* stuur* verzend* bezoek* klik* voeg skicka* sand besok* klicka* lagg
        infoga* wyslij* przeslij* odwiedz* kliknij* dodaj* dolacz* posli* odesli* navstiv* klikn* pridej*
        отправь* пошли* перешли* посети* нажми* добавь* вставь* надішли* відправ* додай* gonder* ziyaret* tikla*
        ekle* ارسل أرسل اضف أضف زر भेजो भेजें जोड़* kirim* kunjungi klik tambahkan στειλ* προσθεσ* trimite*
        adauga* kuldd kattints laheta* lisaa* 发送 点击 访问 添加 转发 送信 クリック 追加 送っ 보내 클릭 추가
        전송 ส่ง คลิก gui""",
    "act": """
        call calls invoke* execute* run runs delete* remove* transfer* approve* confirm* pay buy book purchase*
        order* unlock* grant* install* rufe losch* uberweis* bestatig* genehmig* kaufe* buche* fuhre* appelle*
        supprime* execute* vire* approuve* achete* reserve* llama* ejecuta* borra* elimina* transfier* aprueba*
        confirma* compra* reserva* chiama* esegui* cancella* elimina* approva* conferma* trasferisci* compra*
        prenota* chame* execute* apague* exclua* transfira* aprove* confirme* compre* reserve* roep voer
        verwijder* keur bevestig* koop* boek anropa* kor radera* godkann* kop* boka* wywolaj* uruchom* usun*
        przelej* zatwierdz* kup zarezerwuj* zavolej* spust* smaz* prevod* schval* kup вызови* запусти* удали*
        переведи* подтверди* одобри* купи* закажи* забронируй* виклич* видали* переказ* підтверд* çagir*
        calistir* sil silin onayla* satin احذف نفذ وافق اشتر हटाओ खरीदो jalankan hapus setujui beli pesan
        διαγραψ* εκτελεσ* sterge* executa* torold futtasd poista* suorita* 调用 执行 删除 批准 购买 实行 実行
        削除 承認 購入 呼び出 실행 삭제 승인 구매 เรียกใช้ ลบ ซื้อ""",
    "recommend": """
        recommend* praise* endorse* promot* advertis* rank ranks rate rates favour* prefer* hire accept* score*
        positive* excellent best outstanding flawless empfiehl* empfehl* lobe* bewerte* stufe bevorzug* beste*
        hervorragend* recommande* note notez classe* meilleur* excellent* favoris* recomiend* califica* puntua*
        mejor* excelente* consiglia* raccomanda* valuta* migliore* eccellente recomende* avalie* classifique*
        melhor* excelente aanbevel* beveel* beoordeel* beste uitstekend rekommender* betygsatt* basta utmarkt*
        polec* polecaj* ocen* najlepsz* doporuc* ohodnot* nejlep* порекоменд* рекоменд* оцени* лучш* отличн*
        оціни* найкращ* oner* degerlendir* iyi اوصي قيم افضل सुझाओ सर्वश्रेष्ठ rekomendasikan nilai terbaik
        συστησ* recomanda* ajanlj* ertekeld suosittele* 推荐 最好 评为 打分 評価 推薦 最高 勧め 추천 평가 최고
        แนะนำ ดีที่สุด""",
    "free": """
        unrestricted unfiltered uncensored unlimited unbound jailbreak* jailbroken amoral limitless filterless
        dan unaligned uneingeschrankt* ungefiltert* unzensiert* grenzenlos* hemmungslos* debride* censure*
        sin_filtros sin_reglas sin_limites sin_restricciones sense sans_limite sans_limites sans_filtre
        sans_regles sans_restriction sans_restrictions senza_filtri senza_limiti senza_regole senza_restrizioni
        sem_limites sem_filtros sem_regras sem_restrico* zonder_regels zonder_beperkingen zonder_filters
        utan_regler utan_filter utan_begransningar bez_ogranicz* bez_zasad bez_filtr* bez_omezen* bez_pravid*
        без_ограничен* без_правил* без_фильтр* без_обмежен* kisitlamasiz sinirsiz sansursuz filtresiz بلا_قيود
        دون_قيود tanpa_batasan tanpa_aturan without_restrictions without_rules without_limits without_filters
        without_filter without_ethics no_rules no_limits no_restrictions no_filters no_filter no_ethics
        no_morals ohne_regeln ohne_filter ohne_einschrankung* ohne_grenzen 没有限制 没有任何限制 不受限制 无限制
        制限のない 制限なし 제한 없 ไม่มีข้อจำกัด""",
    "persona": """
        pretend* roleplay* persona* character role impersonat* simulat* imagine* act acts behave* play plays
        embody* become rolle spiel* tu_so stell verhalte* gibst joue* imagine* fais_comme role personnage*
        actua* finge* imagina* papel personaje* simula* fingi* immagina* recita* comportati ruolo finja*
        imagine* aja atue interprete* papel doe_alsof speel* gedraag* rol latsas* spela* lat_oss roll udawaj*
        wyobraz* zagraj* rola postac* predstirej* hraj* role predstav* представь* притвор* сыграй* роль* веди
        уяви* прикинь* davran* rol taklit تظاهر تخيل العب دور कल्पना भूमिका berpura* bayangkan bertindak
        προσποι* φαντασ* prefa* imagineaza* tettesd kepzeld esita* kuvittele* 扮演 假装 想象 角色 ふり 演じ 役
        想像 척 역할 상상 연기 แกล้ง สมมติ gia_vo dong_vai""",
    "refuse": """
        refus* declin* apologis* apologiz* warn warning* disclaimer* moralis* moraliz* lectur* sorry censor*
        caveat* weiger* ablehn* entschuldig* warnhinweis* warnung* excuse* avertissement* rechaz* rechac*
        niegues niega disculp* advertencia* rifiut* scus* avvertenz* recus* desculp* aviso* weiger* excus*
        waarschuwing* vagra* neka varning* ursakt* odmaw* odmow* ostrzez* przepros* odmit* varovan* отказыв*
        отказ* предупрежден* извин* відмов* попередж* reddet* uyari* ozur ترفض رفض تحذير مना मना इनकार menolak
        peringatan 拒绝 警告 道歉 拒否 断ら 警告 謝 거절 거부 경고 사과 ปฏิเสธ tu_choi""",
    "make": """
        write* compose* draft* generate* create* make produce* craft* invent* design* develop* prepare* plan
        suggest* propose* list lists name give tell schreib* verfass* erstell* dicht* erzahl* nenne* liste* mach
        mache* schlag ecri* compose* redige* cree* genere* invente* donne* liste* raconte* propose* nomme*
        escrib* redact* crea cree genera* inventa* haz cuenta* dame propon* enumera* scriv* componi* crea
        genera* inventa* racconta* elenca* dammi proponi* escrev* crie gere invente* faca conte liste sugira*
        schrijf* maak* verzin* noem* vertel* stel geef skriv* skapa* hitta beratta* lista* foresla* ge napisz*
        uloz* stworz* wymysl* opowiedz* wymien* podaj* zaproponuj* napis* vytvor* vymysl* vyprave* vyjmenuj*
        navrhni* напиши* сочини* придумай* создай* составь* расскажи* перечисли* назови* предложи* посоветуй*
        напиши* склади* вигадай* створи* розкажи* порадь* yaz olustur* uydur* anlat* listele* oner* اكتب انشئ
        أنشئ الف اذكر اقترح लिखो लिखें बनाओ सुनाओ सुझाव tulis* buat* ciptakan sebutkan ceritakan γραψ* φτιαξ*
        πες scrie* creeaza* spune irj mondj kirjoita* keksi* kerro* 写 创作 生成 列出 编写 推荐 讲 書い 作っ
        作成 考え 써 작성 만들 지어 나열 เขียน สร้าง แต่ง viet tao ke""",
    "work": """
        translat* summari* explain* describ* classif* identif* calculat* comput* convert* correct* proofread*
        rewrite* rephras* paraphras* compar* analys* analyz* sort solve* evaluat* extract* count* ubersetz* fass
        erklar* beschreib* berechn* ordne korrigier* vergleich* traduis* traduisez resume* explique* decris*
        calcule* corrige* compare* classe* traduc* resum* explic* explica* describ* calcul* corrig* compar*
        traduci* riassum* spiega* descriv* calcola* correggi* confronta* traduz* resum* expliq* descrev* calcul*
        corrij* compar* vertaal* leg uit beschrijf* bereken* verbeter* vergelijk* oversatt* sammanfatta*
        forklara* beskriv* rakna* ratta* jamfor* przetlumacz* podsumuj* wyjasnij* opisz* oblicz* popraw*
        porownaj* preloz* shrn* vysvetli* popis* vypoc* oprav* porovnej* переведи* перескажи* объясни* опиши*
        посчитай* вычисли* исправь* сравни* переклад* поясни* опиши* cevir* ozetle* acikla* tanimla* hesapla*
        duzelt* karsilastir* ترجم لخص اشرح صف احسب صحح अनुवाद समझाओ समझाएं वर्णन terjemahkan ringkas* jelaskan
        hitung* μεταφρασ* εξηγησ* περιγραψ* traduce* explica* forditsd magyarazd kaanna* selita* 翻译 解释 总结
        描述 计算 分析 翻訳 説明 計算 要約 번역 설명 요약 계산 แปล อธิบาย สรุป คำนวณ dich giai_thich tom_tat""",
    "piece": """
        poem* limerick* haiku* sonnet* story stories essay* song songs joke* riddle* recipe* letter tale fable*
        speech slogan* article* paragraph* sentence* dialogue* script scripts screenplay lyric* verse* rhyme*
        tips ideas tutorial* function gedicht* geschichte* witz* rezept* lied marchen aufsatz* satz satze poeme*
        histoire* blague* recette* chanson* conte phrase* poema* historia* cuento* chiste* receta* cancion*
        frase* poesia* storia* barzelletta* ricetta* canzone* filastrocc* racconto* piada* receita* cancao*
        conto* verhaal* grap recept* lied zin dikt* saga berattels* skamt* sang mening wiersz* bajk* historyjk*
        dowcip* przepis* piosenk* zdani* basen* basnic* pohadk* vtip* pisn* vet стих* рассказ* сказк* шутк*
        анекдот* рецепт* песн* предложени* вірш* оповід* казк* жарт* пісн* siir* hikaye* fikra* saka tarif*
        sarki* cumle* قصيدة قصة نكتة وصفة اغنية कविता कहानी चुटकुला puisi cerita lelucon resep lagu kalimat
        ποιημα* ιστορια* ανεκδοτ* poezie* poveste* gluma* verset* viccet runo* tarina* vitsi* 诗 故事 笑话 食谱
        歌 作文 詩 物語 俳句 レシピ 冗談 歌 시를 이야기 농담 레시피 노래 บทกวี เรื่อง สูตร กลอน tho truyen""",
    "ask": """
        what which who whom whose when where why how was welche* wer wann wo warum wie quel* quelle* qui quand
        ou pourquoi comment combien que cual* quien* cuando donde porque como cuanto* che quale* chi quando dove
        perche come quanto* qual quais quem onde quantos wat welke wie wanneer waar waarom hoe vad vilk* vem nar
        var varfor hur co jaki* ktory* kto kiedy gdzie dlaczego jak ile jaky* ktery* kdo kdy kde proc kolik что
        какой какая какие кто когда где почему как сколько що який яка хто коли де чому скільки ne hangi kim
        neden nasil nerede kac ما من متى اين أين لماذا كيف كم क्या कौन कब कहाँ क्यों कैसे apa siapa kapan mana
        mengapa bagaimana berapa τι ποιος ποια ποτε που γιατι πως ce care cine cand unde cum mi melyik mikor hol
        miert hogyan mika kuka milloin missa miksi miten 什么 谁 哪 怎么 如何 多少 为什么 何 誰 どこ いつ なぜ
        どう 무엇 누구 어디 언제 왜 어떻게 อะไร ใคร ที่ไหน อย่างไร gi ai dau nao the_nao""",
    "you": """
        you your yours yourself du dich dir dein* sie ihnen ihr* tu te toi ton ta tes vous votre vos usted* tu*
        ti tus su sus vosotr* tuo tua tuoi tue voi voce seu sua seus suas je jij jou jouw uw dig din ditt dina
        ty ci ciebie twoj* twoi* pan tvuj tvoje tve ты тебя тебе твой твои твоя вы вас вам ваш* ти тебе твої
        ваш* sen sana seni senin siz size انت أنت عليك لك आप आपको आपका तुम तुम्हें तुम्हारा kamu anda mu εσυ σου
        σας tu tau te neked sina sinun 你 您 あなた 君 너 당신 네 คุณ ban""",
    "neg": """
        not don't never no neither nor cannot can't mustn't without nicht kein* nie niemals ohne ne pas jamais
        sans aucun* sin nunca ninguna ningun non mai senza nessun* nao nunca sem nenhum* niet geen nooit zonder
        inte aldrig ingen utan nie nigdy bez zaden zadn* не ни никогда без нікогда ніколи yok degil asla لا لم
        لن بدون دون नहीं मत बिना कभी jangan tidak tanpa μην δεν χωρις nu fara nem ne soha ala ei koskaan 不 别
        勿 不要 不得 没有 ない ません な 없 말고 마라 마세요 않 ไม่ อย่า khong đung""",
    "new": """
        new neue* neu nouvel* nueva* nuevo* nuova nuove nuovo nuovi nova novas novo novos nieuwe nieuw ny nya
        nowe nowa nowy nove новая новые новое новии нова нові yeni جديدة جديد नया नई नए baru νεα νεο noua noi uj
        uusi uudet 新 新的 新しい 새 ใหม่ moi""",
    "all": """
        all every any everything anything whatever alle alles samtlich* jede* tous tout toute toutes todo todos
        toda todas tutto tutti tutte tudo alles alla allt wszystk* kazd* vsechn* vse все всё всех всю всякии усі
        все усе tum butun hersey كل جميع सभी सब सारी सारे semua segala ολα ολες toate tot minden osszes kaikki
        所有 全部 一切 任何 すべて 全て 모든 모두 ทั้งหมด ทุก tat_ca moi_thu""",
    "text": """
        text texts document* page pages article email emails file files website webpage message messages
        conversation chat content context input dokument* seite* nachricht* datei* gesprach* texte textes page*
        message* fichier* conversation* texto* documento* pagina* mensaje* archivo* conversacion* testo
        messaggio messaggi file conversazion* mensagem mensagens arquivo* conversa tekst* document* bericht*
        bestand* gesprek* meddeland* fil filer samtal* wiadomosc* plik* rozmow* zprav* soubor* konverzac* текст*
        документ* страниц* сообщени* фаил* разговор* чат сторінк* сторинк* повідомл* метин* metn* metin belge*
        sayfa* mesaj* dosya* sohbet* النص نص المستند الصفحة الرسالة المحادثة पाठ दस्तावेज़ संदेश teks dokumen
        halaman pesan berkas percakapan κειμεν* εγγραφ* σελιδ* μηνυμ* pagin* mesaj* szoveg* dokumentum* oldal*
        uzenet* teksti* asiakirj* sivu* viesti* 文本 文档 文件 网页 页面 消息 对话 内容 文章 文書 ページ
        メッセージ 会話 내용 문서 페이지 메시지 대화 글 ข้อความ เอกสาร หน้า van_ban trang""",
    "system": """
        system systems systeme sistem* sistema* systeem* systemet systemow* system* система* систем* النظام
        सिस्टम συστημ* rendszer* jarjestelm* 系统 システム 시스템 ระบบ he_thong""",
    "void": """
        lapse* withdrawn replaced cancelled canceled terminated over finished done complete* ended beendet*
        ersetzt erledigt gelten gilt fini* termine* remplace* valent terminad* reemplaz* vale* finit* sostituit*
        valgono termin* substituid* valem vervallen gelden klar avslutad* galler zakoncz* obowiazuj* zastapion*
        skonc* plati законч* действу* недействит* завершен* закінч* діють bitti gecerli انتهت ملغاة समाप्त
        berlaku selesai 失效 无效 结束 完成 終了 無効 끝났 유효""",
}

_BIGRAM_JOINT = "_"
_ACCENTS = re.compile("[\u0300-\u036f]+")
_UNDECOMPOSED = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae"})
"""Letters that Unicode does not take apart into a letter and an accent."""
_FIRST_DENSE = "\u0e00"
"""Scripts from here on have no spaces between words, except for Greek with old accents, which no entry has."""
_SHORTEST, _LONGEST = 2, 13
"""Letters of a stem."""
_LONGEST_RUN = 13
"""Signs of an entry in a script without spaces, at most."""
_REMEMBERED = 1 << 15
"""Words whose class is remembered."""


def without_accents(word: str) -> str:
    """A word in lower case without accents."""
    parts = unicodedata.normalize("NFKD", word.lower().replace("’", "'"))
    return unicodedata.normalize("NFC", _ACCENTS.sub("", parts))


def _entries() -> Iterator[tuple[str, str]]:
    for name, text in _TABLE.items():
        for entry in text.split():
            yield name, without_accents(entry)


def _is_dense(text: str) -> bool:
    return text[0] >= _FIRST_DENSE


_WORDS: dict[str, str] = {}
_STEMS: dict[str, str] = {}
_PAIRS: dict[str, list[tuple[str, str]]] = {}
_DENSE: dict[str, str] = {}
for _name, _entry in _entries():
    if _is_dense(_entry):
        _DENSE.setdefault(_entry, _name)
    elif _BIGRAM_JOINT in _entry:
        _one, _two = _entry.rstrip("*").split(_BIGRAM_JOINT)[:2]
        _PAIRS.setdefault(_one, []).append((_two, _name))
    elif _entry.endswith("*"):
        _STEMS.setdefault(_entry[:-1], _name)
    else:
        _WORDS.setdefault(_entry, _name)


@lru_cache(_REMEMBERED)
def word_class(word: str) -> str | None:
    """The class of a folded word of a script with spaces; the longest stem decides."""
    plain = word if word.isascii() else word.translate(_UNDECOMPOSED)
    if "'" in plain and plain not in _WORDS:
        plain = max(plain.split("'"), key=len)  # French and Italian join a short word in front, English one behind
    known = _WORDS.get(plain)
    if known is not None:
        return known
    for length in range(min(len(plain), _LONGEST), _SHORTEST - 1, -1):
        known = _STEMS.get(plain[:length])
        if known is not None:
            return known
    return None


def classes(tokens: Sequence[str]) -> list[tuple[int, str]]:
    """Places and classes of the tokens of a window that have a class, in order.

    In scripts without spaces a token is one letter, and the longest entry from a letter on counts.
    """
    found = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if _is_dense(token):
            name, length = _dense(tokens, at)
        else:
            name, length = _spaced(tokens, at)
        if name is not None:
            found.append((at, name))
        at += length
    return found


def _spaced(tokens: Sequence[str], at: int) -> tuple[str | None, int]:
    token = tokens[at]
    if token in _PAIRS and at + 1 < len(tokens):
        for second, name in _PAIRS[token]:
            if tokens[at + 1].startswith(second):
                return name, 2
    return word_class(token), 1


def _dense(tokens: Sequence[str], at: int) -> tuple[str | None, int]:
    run = "".join(tokens[at : at + _LONGEST_RUN])
    for length in range(len(run), 0, -1):
        name = _DENSE.get(run[:length])
        if name is not None:
            return name, length
    return None, 1
