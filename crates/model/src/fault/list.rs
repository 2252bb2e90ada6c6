//! The list of faults, in order of code: variant, code, X-Road's code for the like, whose doing it is, what a call comes to that ends with
//! it, and what is said.

use super::{Blame, Class, Mistakes, Row, Words};
use crate::id::{ServiceId, SystemId};
use crate::words::Spoken as _;

faults! {
    /// A header that every call needs is not there.
    MissingHeader { header: &'static str } "LT-1101" "missing_header" Caller Mistake
    vi: "Thiếu tiêu đề {header}." "Thêm tiêu đề này rồi gọi lại; tài liệu về cổng gọi của nút nêu từng tiêu đề."
    en: "The header {header} is missing." "Add it and call again; the guide on the node's client edge names every header."

    /// A header whose value can't be read.
    BadHeader { header: &'static str, why: Words } "LT-1102" "bad_request" Caller Mistake
    vi: "Tiêu đề {header} không đọc được: {why}." "Sửa giá trị theo tài liệu về cổng gọi của nút."
    en: "The header {header} cannot be read: {why}." "Correct it as the guide on the node's client edge says."

    /// The identifier of the calling system can't be read.
    BadClient { why: Words } "LT-1103" "invalid_client_identifier" Caller Mistake
    vi: "Mã hệ thống trong X-Road-Client không hợp lệ: {why}." "Viết theo dạng phiên-bản/lớp/thành-viên/hệ-thống, mỗi phần mã hoá phần trăm."
    en: "The system in X-Road-Client is not valid: {why}." "Write it as instance/class/member/system, each part percent-encoded."

    /// The address of the call can't be read.
    BadAddress { why: Words } "LT-1104" "bad_request" Caller Mistake
    vi: "Địa chỉ gọi không hợp lệ: {why}." "Gọi /r1/{phiên bản}/{lớp}/{thành viên}/{hệ thống}/{dịch vụ} và phần đường dẫn của dịch vụ."
    en: "The address of the call is not valid: {why}." "Call /r1/{instance}/{class}/{member}/{system}/{service} and the service's own path."

    /// The headers are too large.
    HeadersTooLarge { limit_bytes: usize } "LT-1105" "bad_request" Caller Mistake
    vi: "Tiêu đề của lượt gọi vượt {limit_bytes} byte." "Bỏ bớt tiêu đề hoặc chuyển dữ liệu vào thân."
    en: "The headers of the call exceed {limit_bytes} bytes." "Leave some out, or move data into the body."

    /// The body is too large.
    BodyTooLarge { limit_bytes: u64 } "LT-1106" "bad_request" Caller Mistake
    vi: "Thân của lượt gọi vượt {limit_bytes} byte." "Chia nhỏ, hoặc dùng phương thức đồng bộ hay gói dữ liệu."
    en: "The body of the call exceeds {limit_bytes} bytes." "Split it, or use synchronisation or a package instead."

    /// The caller stopped sending its body.
    BodyStalled { seconds: u64 } "LT-1107" "bad_request" Caller Mistake
    vi: "Bên gọi ngừng gửi thân quá {seconds} giây." "Kiểm tra kết nối của hệ thống gọi rồi gọi lại; chưa có gì được chuyển đi."
    en: "The caller sent nothing of its body for {seconds} seconds." "Check the calling system's connection and call again; nothing was passed on."

    /// The body broke off or can't be read.
    BodyBroken { why: String } "LT-1108" "invalid_body" Caller Mistake
    vi: "Thân của lượt gọi bị đứt: {why}." "Gọi lại; chưa có gì được chuyển đi."
    en: "The body of the call broke off: {why}." "Call again; nothing was passed on."

    /// The calling system did not prove that it is itself.
    NotProven { client: SystemId } "LT-1201" "ssl_authentication_failed" Other Rule
    vi: "Hệ thống gọi chưa chứng minh được mình là {client}." "Gửi mã bí mật của hệ thống trong Lienthong-Token, hoặc dùng chứng thư đã đăng ký tại nút."
    en: "The caller has not proven that it is {client}." "Send the system's token in Lienthong-Token, or use a certificate registered at the node."

    /// Somebody who asks for the node's ledger and has not shown that they may.
    NotAuditor { } "LT-1202" "ssl_authentication_failed" Other Rule
    vi: "Sổ trao đổi của nút chỉ mở cho kiểm toán viên của cơ quan, bằng mã bí mật." "Đề nghị người vận hành nút tạo mã: lienthong node auditor."
    en: "The node's ledger is open only to its agency's auditors, by a token." "Ask the node's operator for one: lienthong node auditor."

    /// The calling system is in no directory.
    UnknownClient { client: SystemId } "LT-2101" "unknown_member" Other Rule
    vi: "Danh bạ không có hệ thống {client}." "Kiểm tra mã hệ thống; nếu đúng, đăng ký hệ thống tại nền tảng điều phối."
    en: "The directory has no system {client}." "Check the identifier; if it is right, register the system at the hub."

    /// The node does not speak for the calling system.
    ClientElsewhere { client: SystemId } "LT-2102" "access_denied" Other Rule
    vi: "Nút này không phục vụ hệ thống {client}." "Gọi qua nút đã đăng ký của hệ thống, hoặc đăng ký hệ thống tại nút này."
    en: "This node does not serve the system {client}." "Call through the node the system is registered at, or register it here."

    /// No such service.
    UnknownService { service: ServiceId } "LT-2103" "unknown_service" Other Rule
    vi: "Danh bạ không có dịch vụ {service}." "Xem danh sách bằng /listClients và listMethods của bên cung cấp."
    en: "The directory has no service {service}." "See /listClients, and the provider's listMethods."

    /// The system holds no grant on the service.
    NoGrant { client: SystemId, service: ServiceId } "LT-2104" "access_denied" Other Rule
    vi: "Hệ thống {client} chưa được cấp quyền dùng {service}." "Gửi đề nghị cấp quyền tới cơ quan chủ quản của dịch vụ."
    en: "System {client} holds no grant for {service}." "Ask the agency that owns the service for one."

    /// The purpose is not one of the grant's.
    PurposeNotGranted { asked: String, allowed: String } "LT-2105" "access_denied" Other Rule
    vi: "Mục đích {asked} nằm ngoài quyền đã cấp; được dùng cho: {allowed}." "Nêu đúng mục đích, hoặc xin cấp thêm mục đích này."
    en: "The purpose {asked} is outside the grant, which allows: {allowed}." "State the true purpose, or ask for this one to be granted."

    /// The legal text that the grant rests on is not in force.
    BasisNotInForce { basis: String, citation: String } "LT-2106" "access_denied" Other Rule
    vi: "Căn cứ {basis} ({citation}) không có hiệu lực vào ngày gọi." "Cơ quan chủ quản cần cấp lại quyền trên căn cứ đang có hiệu lực."
    en: "The legal basis {basis} ({citation}) is not in force on the day of the call." "The owner must grant anew, on a basis that is in force."

    /// The grant rests on consent, and no consent is shown.
    ConsentNotShown { grant: String } "LT-2107" "access_denied" Other Rule
    vi: "Quyền {grant} dựa trên sự đồng ý của người dân, nhưng chưa có sự đồng ý nào được xuất trình." "Dùng một căn cứ khác; sổ đồng ý chưa có trong bản này."
    en: "The grant {grant} rests on the person's consent, and none is shown." "Use another basis; this version has no consent ledger yet."

    /// The grant does not hold today.
    GrantNotValid { grant: String, from: String, to: String } "LT-2108" "access_denied" Other Rule
    vi: "Quyền {grant} chỉ có giá trị từ {from} đến trước {to}." "Xin gia hạn quyền."
    en: "The grant {grant} holds from {from} until before {to} only." "Ask for it to be extended."

    /// The method or path is outside the grant.
    EndpointNotGranted { method: String } "LT-2109" "access_denied" Other Rule
    vi: "Quyền đã cấp không gồm {method} ở đường dẫn này." "Xem allowedMethods để biết những gì được gọi."
    en: "The grant does not cover {method} at this path." "See allowedMethods for what may be called."

    /// More calls a second than the grant lets through.
    RateExceeded { grant: String, per_second: u32 } "LT-2110" "access_denied" Other Rule
    vi: "Vượt mức {per_second} lượt mỗi giây của quyền {grant}." "Chờ một giây rồi gọi lại, hoặc xin nâng mức."
    en: "More than the {per_second} calls a second that the grant {grant} allows." "Wait a second and call again, or ask for a higher rate."

    /// X-Road-Security-Server names a node that does not serve the provider.
    NotItsNode { node: String } "LT-2111" "invalid_security_server" Other Rule
    vi: "Nút {node} không phục vụ bên cung cấp." "Bỏ tiêu đề X-Road-Security-Server hoặc nêu đúng nút."
    en: "The node {node} does not serve the provider." "Leave X-Road-Security-Server out, or name the right node."

    /// A field is asked for that the grant does not let through.
    FieldNotGranted { field: String } "LT-2112" "access_denied" Other Rule
    vi: "Trường {field} nằm ngoài quyền đã cấp." "Bỏ trường này, hoặc xin cấp thêm."
    en: "The field {field} is outside the grant." "Leave it out, or ask for it to be granted."

    /// More questions about services a second than a system may ask.
    TooManyQuestions { client: SystemId, per_second: u32 } "LT-2113" "access_denied" Other Rule
    vi: "Hệ thống {client} hỏi về dịch vụ quá {per_second} lượt mỗi giây." "Chờ một giây; giữ lại câu trả lời đã có thay vì hỏi lại."
    en: "System {client} asks about services more than {per_second} times a second." "Wait a second; keep the answers you have instead of asking again."

    /// The service stands still for a while, or the grant is cut off.
    Suspended { subject: String, until: Words, reason: String } "LT-2114" "service_disabled" Other Rule
    vi: "{subject} tạm ngừng {until}: {reason}." "Đợi tới lúc đó rồi gọi lại, hoặc hỏi cơ quan chủ quản của dịch vụ."
    en: "{subject} is suspended {until}: {reason}." "Wait until then and call again, or ask the agency that owns the service."

    /// The grant limits records by what the service does not have.
    RowsNotHeld { grant: String, field: String } "LT-2115" "access_denied" Other Rule
    vi: "Quyền {grant} giới hạn bản ghi theo {field}, nhưng dịch vụ không giữ được giới hạn ấy." "Cơ quan chủ quản cần cấp lại quyền cho dịch vụ như nó đang có; chưa có gì được gửi đi."
    en: "The grant {grant} limits records by {field}, which the service cannot hold to." "The owner must grant anew for the service as it is now; nothing was sent."

    /// A caller compared too many values that were wrong.
    TooManyGuesses { until: String } "LT-2116" "access_denied" Other Rule
    vi: "Đã đối chiếu sai quá nhiều lần; đối chiếu được lại từ {until}." "Kiểm tra dữ liệu đang có trước khi đối chiếu tiếp; cơ quan chủ quản đã được báo."
    en: "Too many values that were compared were wrong; the next may be compared from {until}." "Check what you have before comparing more; the agency that owns the data has been told."

    /// The provider has no node.
    NoNode { system: SystemId } "LT-3101" "unknown_member" Other Outage
    vi: "Không có nút nào phục vụ {system}." "Báo cho bên cung cấp: hệ thống cần đăng ký tại một nút."
    en: "No node serves {system}." "Tell the provider: the system must be registered at a node."

    /// None of the provider's nodes can be reached.
    PeersUnreachable { system: SystemId, tried: String } "LT-3102" "network_error" Other Outage
    vi: "Không kết nối được nút nào của {system}: {tried}." "Gọi lại sau; nếu kéo dài, báo bên cung cấp."
    en: "No node of {system} can be reached: {tried}." "Call again later; if it lasts, tell the provider."

    /// The connection broke after a call that may have changed something had been sent.
    AnswerLost { node: String } "LT-3103" "network_error" Other Outage
    vi: "Mất kết nối với {node} sau khi đã gửi lượt gọi; không biết bên cung cấp đã thực hiện hay chưa." "Hỏi lại kết quả theo X-Road-Id trước khi gửi lần nữa."
    en: "The connection to {node} broke after the call was sent; whether the provider acted on it is not known." "Ask for the outcome by X-Road-Id before sending again."

    /// The provider's node did not answer in time.
    PeerTimeout { node: String, seconds: u64 } "LT-3104" "network_error" Other Outage
    vi: "Nút {node} không trả lời trong {seconds} giây." "Gọi lại sau; nếu kéo dài, báo bên cung cấp."
    en: "The node {node} did not answer within {seconds} seconds." "Call again later; if it lasts, tell the provider."

    /// A signature does not fit the message.
    BadSignature { why: Words } "LT-3201" "invalid_signature_value" Other Outage
    vi: "Chữ ký của thông điệp không đúng: {why}." "Thông điệp bị đổi trên đường hoặc khoá sai; đã từ chối, hãy báo người vận hành hai nút."
    en: "The message's signature is wrong: {why}." "The message was changed on its way or the key is another; it was refused. Tell the operators of both nodes."

    /// A message without a signature.
    NoSignature { } "LT-3202" "missing_signature" Other Outage
    vi: "Thông điệp không có chữ ký." "Nút gửi phải ký mọi thông điệp."
    en: "The message is not signed." "The sending node must sign every message."

    /// A key that no node in the directory has.
    UnknownKey { key: String } "LT-3203" "cert_validation" Other Outage
    vi: "Danh bạ không có khoá {key}." "Nếu khoá vừa đổi, chờ danh bạ cập nhật; nếu không, báo nền tảng điều phối."
    en: "The directory knows no key {key}." "If it was changed just now, wait for the directory; if not, tell the hub."

    /// A certificate that is expired, not yet valid, or from another authority.
    CertificateNotValid { why: Words } "LT-3204" "cert_validation" Other Outage
    vi: "Chứng thư của nút không dùng được: {why}." "Người vận hành nút cần xin cấp lại chứng thư."
    en: "The node's certificate cannot be used: {why}." "The node's operator must ask for a new one."

    /// A message made too long ago, or in the future.
    NotFresh { off_seconds: i64, limit_seconds: i64 } "LT-3205" "invalid_message" Other Outage
    vi: "Thời điểm ký lệch {off_seconds} giây, quá mức {limit_seconds} giây." "Chỉnh đồng hồ của hai nút theo cùng một nguồn giờ."
    en: "The message was signed {off_seconds} seconds away from now; {limit_seconds} are allowed." "Set both nodes' clocks by the same source."

    /// A message that was here before.
    Replayed { } "LT-3206" "invalid_message" Other Rule
    vi: "Thông điệp này đã được nhận trước đó." "Không gửi lại nguyên thông điệp đã ký; hãy gọi mới."
    en: "This message was received before." "Do not send a signed message twice; make a new call."

    /// The body is not the one that was signed.
    DigestMismatch { } "LT-3207" "invalid_body" Other Outage
    vi: "Thân thông điệp không khớp mã băm đã ký." "Thông điệp bị đổi hoặc hỏng trên đường; đã từ chối, hãy gọi lại."
    en: "The body does not match the digest that was signed." "It was changed or damaged on its way and was refused; call again."

    /// The peer is not the node that signed.
    PeerNotSigner { peer: String, signer: String } "LT-3208" "ssl_authentication_failed" Other Rule
    vi: "Nút kết nối là {peer}, nhưng thông điệp do {signer} ký." "Chỉ nút đã ký mới được gửi thông điệp; báo nền tảng điều phối."
    en: "The connected node is {peer}, but {signer} signed the message." "Only the node that signed may send it; tell the hub."

    /// The answer does not belong to the request.
    AnswerInconsistent { what: &'static str } "LT-3209" "inconsistent_response" Other Outage
    vi: "Câu trả lời không khớp lượt gọi ở {what}." "Đã bỏ câu trả lời; báo người vận hành nút cung cấp."
    en: "The answer does not fit the request in {what}." "It was dropped; tell the operator of the provider's node."

    /// The provider's node could not verify the request, and says so without a signature.
    PeerRefused { node: String, said: String } "LT-3210" "service_failed" Other Outage
    vi: "Nút {node} từ chối lượt gọi ({said})." "Báo người vận hành hai nút; theo lời nút đó, chưa có gì được thực hiện."
    en: "The node {node} refused the call ({said})." "Tell the operators of both nodes; by its word nothing was carried out."

    /// A node speaks for a system that is not registered at it.
    NotItsSystem { node: String, system: SystemId } "LT-3211" "access_denied" Other Rule
    vi: "Nút {node} không được phép nói thay cho {system}." "Đăng ký hệ thống tại nút đó, hoặc gọi qua nút đã đăng ký."
    en: "The node {node} may not speak for {system}." "Register the system at that node, or call through the one it is registered at."

    /// The answer is larger than the consumer's node takes.
    AnswerTooLarge { limit_bytes: u64 } "LT-3212" "service_failed.invalid_body" Other Outage
    vi: "Câu trả lời vượt {limit_bytes} byte, mức mà nút này nhận." "Bên cung cấp đã trả lời: điều được gọi có thể đã thực hiện. Hỏi ít dữ liệu hơn, hoặc nâng body_max_bytes của nút."
    en: "The answer exceeds the {limit_bytes} bytes that this node takes." "The provider has answered: what was called for may have been carried out. Ask for less, or raise the node's body_max_bytes."

    /// Who asked was gone before its answer was.
    AnswerNotTaken { peer: String, sent: u64 } "LT-3213" "network_error" Other Mistake
    vi: "Nút {peer} không nhận câu trả lời đến hết; nhiều nhất {sent} byte đã rời nút này." "Dữ liệu đã gửi không được coi là câu trả lời, nhưng có thể đã đến nơi: sổ của nút này ghi lượt gọi và số byte. Hỏi bên gọi vì sao bỏ dở."
    en: "The node {peer} did not take the answer to its end; at most {sent} bytes have left this node." "What was sent counts as no answer, and may have arrived: this node's ledger has the request and the number of bytes. Ask the caller why it broke off."

    /// The calling system was gone before the answer to what it read was there.
    CallerGone { } "LT-3214" "network_error" Other Mistake
    vi: "Bên gọi đã ngắt kết nối trước khi có câu trả lời; nút thôi chờ." "Lượt gọi chỉ đọc: gọi lại, và giữ kết nối cho đến khi có câu trả lời."
    en: "The caller hung up before there was an answer; the node waits no longer." "The call only reads: call again, and keep the connection until the answer is there."

    /// The node has no address for the service.
    NotServedHere { service: ServiceId } "LT-4101" "service_missing_url" Other Outage
    vi: "Nút cung cấp chưa biết {service} ở đâu." "Người vận hành nút cung cấp cần khai địa chỉ dịch vụ trong cấu hình nút."
    en: "The provider's node does not know where {service} is." "Its operator must set the service's address in the node's settings."

    /// The provider's system can't be reached, broke off, or gave an answer that can't be used.
    ServiceFailed { service: ServiceId, why: Words } "LT-4102" "service_failed.network_error" Other Outage
    vi: "Hệ thống đứng sau {service} không cho câu trả lời dùng được: {why}." "Gọi lại sau; nếu kéo dài, báo bên cung cấp."
    en: "The system behind {service} gives no answer that can be used: {why}." "Call again later; if it lasts, tell the provider."

    /// The provider's system took too long.
    ServiceTimeout { service: ServiceId, seconds: u64 } "LT-4103" "service_failed.network_error" Other Outage
    vi: "Hệ thống đứng sau {service} không trả lời trong {seconds} giây." "Gọi lại sau; nếu kéo dài, báo bên cung cấp."
    en: "The system behind {service} did not answer within {seconds} seconds." "Call again later; if it lasts, tell the provider."

    /// An answer that can't be cut down to the granted fields.
    NotCuttable { service: ServiceId, status: u16, why: Words } "LT-4104" "service_failed.invalid_body" Other Outage
    vi: "Không lược được câu trả lời (trạng thái {status}) của {service} theo các trường đã cấp: {why}." "Không có dữ liệu nào được gửi đi, nhưng điều được gọi có thể đã thực hiện; bên cung cấp cần trả JSON, hoặc cấp quyền toàn bộ."
    en: "The answer (status {status}) of {service} cannot be cut down to the granted fields: {why}." "No data left, but what was called for may have been carried out; the provider must answer JSON, or grant all fields."

    /// The database does not answer.
    DatabaseFailed { service: ServiceId, why: String } "LT-4105" "database_error" Other Outage
    vi: "Cơ sở dữ liệu của {service} không đọc được: {why}." "Người vận hành nút cung cấp cần kiểm tra cơ sở dữ liệu; gọi lại sau."
    en: "The database of {service} cannot be read: {why}." "The operator of the provider's node must look at it; call again later."

    /// The database is locked or overloaded.
    DatabaseBusy { service: ServiceId } "LT-4106" "database_error" Other Outage
    vi: "Cơ sở dữ liệu của {service} đang bận." "Gọi lại sau ít giây."
    en: "The database of {service} is busy." "Call again in a few seconds."

    /// A question that the dataset can't answer.
    BadQuestion { why: Words } "LT-4107" "bad_request" Caller Mistake
    vi: "Câu hỏi không hợp lệ: {why}." "Xem mô tả của dịch vụ bằng getOpenAPI."
    en: "The question is not valid: {why}." "See the service's description by getOpenAPI."

    /// No record under that key.
    NoRecord { } "LT-4108" "not_found" Caller Nothing
    vi: "Không có bản ghi nào với khoá này." "Kiểm tra khoá; nếu đúng, ghi lại lý do, hỏi giấy tờ và đề nghị người dân yêu cầu cơ quan chủ quản chỉnh sửa dữ liệu tại nguồn, theo NQ 66.7/2025."
    en: "There is no record under this key." "Check the key; if it is right, record the reason, ask for the paper, and ask the citizen to have the data corrected at their source, as Resolution 66.7/2025 says."

    /// The service has no description.
    NoDescription { service: ServiceId } "LT-4109" "internal_error" Other Nothing
    vi: "Dịch vụ {service} chưa có mô tả OpenAPI đưa ra được." "Hỏi bên cung cấp."
    en: "The service {service} has no OpenAPI description that can be shown." "Ask the provider for one."

    /// The service broke off, or stayed silent, after a call that may change something had been passed on to it.
    OutcomeUnknown { service: ServiceId, why: Words } "LT-4110" "service_failed.network_error" Other Outage
    vi: "Không có câu trả lời của {service} sau khi đã chuyển lượt gọi: {why}; không biết đã thực hiện hay chưa." "Hỏi lại kết quả theo X-Road-Id trước khi gửi lần nữa."
    en: "{service} gave no answer after the call was passed on: {why}; whether it acted is not known." "Ask for the outcome by X-Road-Id before sending again."

    /// Two records show the key that was asked for.
    KeyTwice { service: ServiceId } "LT-4111" "database_error" Other Outage
    vi: "Trong cơ sở dữ liệu của {service} có hai bản ghi cùng một khoá." "Bên cung cấp cần sửa nguồn; không có bản ghi nào được gửi đi, vì không biết bản ghi nào đúng."
    en: "Two records of the database of {service} have the same key." "The provider must mend the source; no record was sent, since nobody knows which is right."

    /// The record fails what the dataset's contract asks of records that are given.
    RecordWithheld { rule: String } "LT-4112" "access_denied" Other Rule
    vi: "Bản ghi này bị giữ lại vì không đạt quy tắc chất lượng {rule} mà hợp đồng dữ liệu đặt làm điều kiện cung cấp." "Báo cơ quan chủ quản sửa bản ghi tại nguồn; sửa xong bản ghi được cung cấp ngay."
    en: "This record is withheld: it fails the rule of quality {rule}, which the data contract asks of records that are given." "Tell the owner to correct the record at its source; once corrected it is given at once."

    /// The ledger can't be written.
    LedgerFailed { why: String } "LT-5101" "logging_failed" Other Outage
    vi: "Không ghi được sổ trao đổi của nút: {why}." "Không có câu trả lời nào được giao khi chưa ghi sổ; người vận hành nút cần giải phóng đĩa."
    en: "The node's ledger cannot be written: {why}." "No answer is given out unrecorded; the node's operator must see to its disk."

    /// Too many exchanges wait for the node.
    Overloaded { } "LT-5102" "internal_error" Other Outage
    vi: "Nút đang quá tải." "Gọi lại sau ít giây."
    en: "The node is overloaded." "Call again in a few seconds."

    /// Something in the node failed that should not.
    Internal { why: String } "LT-5103" "internal_error" Other Outage
    vi: "Nút gặp lỗi bên trong: {why}." "Báo người vận hành nút kèm mã chi tiết."
    en: "The node failed inside: {why}." "Tell its operator, with the detail's id."

    /// The service answered, and its answer could not be signed or recorded.
    AnswerWithheld { why: String } "LT-5104" "logging_failed" Other Outage
    vi: "Câu trả lời không ký hoặc không ghi sổ được nên không được giao: {why}." "Điều được gọi có thể đã thực hiện: hỏi lại theo X-Road-Id trước khi gửi lần nữa. Người vận hành nút cần xem nhật ký."
    en: "The answer could not be signed or recorded and was not given out: {why}." "What was called for may have been carried out: ask by X-Road-Id before sending again. The node's operator must see to its log."

    /// The directory is older than its signers allow.
    DirectoryExpired { expired: String } "LT-6101" "global_conf_outdated" Other Outage
    vi: "Danh bạ hết hạn lúc {expired} và nút chưa lấy được bản mới." "Người vận hành nút cần nối lại với nền tảng điều phối."
    en: "The directory expired at {expired} and the node has no newer one." "The node's operator must reconnect it to the hub."

    /// The node has no directory yet.
    DirectoryMissing { } "LT-6102" "malformed_global_conf" Other Outage
    vi: "Nút chưa có danh bạ." "Chờ nút lấy danh bạ lần đầu, hoặc kiểm tra đường nối tới nền tảng điều phối."
    en: "The node has no directory yet." "Wait for its first fetch, or check its way to the hub."

    /// A certificate of this node counts no more.
    OwnCertificate { why: Words } "LT-6103" "internal_error" Other Outage
    vi: "Chứng thư của nút này không còn dùng được: {why}." "Mời nút (lienthong hub invite), gia nhập vào thư mục mới, chuyển ledger/ và cấu hình sang; docs/operator.md, mục Certificates of nodes."
    en: "A certificate of this node counts no more: {why}." "Invite the node (lienthong hub invite), let it join in a new folder, and move ledger/ and its settings there; docs/operator.md, Certificates of nodes."

    /// The caller of the hub's API is not known.
    NotSignedIn { } "LT-7101" "access_denied" Caller Rule
    vi: "Nền tảng điều phối không nhận ra người gọi." "Nêu tệp của cán bộ: --officer TỆP, hoặc gửi tiêu đề Authorization: Bearer."
    en: "The hub does not know the caller." "Name the officer's file: --officer FILE, or send the header Authorization: Bearer."

    /// A document that can't be read.
    BadDocument { place: Words, why: Words } "LT-7102" "bad_request" Caller Mistake
    vi: "{place}: không đọc được: {why}." "Sửa chỗ này rồi nạp lại; chưa có gì thay đổi."
    en: "{place}: cannot be read: {why}." "Correct it and apply again; nothing was changed."

    /// A document that names something which does not exist.
    Dangling { subject: String, missing: String } "LT-7103" "bad_request" Caller Mistake
    vi: "{subject} nhắc tới {missing}, nhưng không có." "Khai cả cái đó, hoặc sửa tên; chưa có gì thay đổi."
    en: "{subject} names {missing}, which does not exist." "Declare it as well, or correct the name; nothing was changed."

    /// A document that contradicts itself or a rule.
    Contradictory { subject: String, why: Words } "LT-7104" "bad_request" Caller Mistake
    vi: "{subject}: {why}." "Sửa rồi nạp lại; chưa có gì thay đổi."
    en: "{subject}: {why}." "Correct it and apply again; nothing was changed."

    /// No such thing in the registry.
    NotInRegistry { subject: String } "LT-7105" "not_found" Caller Nothing
    vi: "Sổ đăng ký không có {subject}." "Kiểm tra mã."
    en: "The registry has no {subject}." "Check its name."

    /// A change without a reason.
    NoReason { } "LT-7106" "bad_request" Caller Mistake
    vi: "Thiếu lý do của thay đổi." "Nêu lý do: --reason \"…\"."
    en: "The change has no reason." "Give one: --reason \"…\"."

    /// A joining code that is wrong, used or too old.
    BadInvitation { } "LT-7107" "access_denied" Caller Rule
    vi: "Mã gia nhập sai, đã dùng hoặc quá hạn." "Đề nghị nền tảng điều phối cấp mã mới: lienthong hub invite."
    en: "The joining code is wrong, used or too old." "Ask the hub for a new one: lienthong hub invite."

    /// The store of a hub, or of a node with cases, failed.
    StoreFailed { why: String } "LT-7108" "database_error" Other Outage
    vi: "Kho dữ liệu của chương trình không dùng được: {why}." "Người vận hành cần kiểm tra cơ sở dữ liệu; chưa có gì thay đổi."
    en: "The program's store cannot be used: {why}." "Whoever operates it must look at its database; nothing was changed."

    /// The hub changed its registry but could not publish the directory.
    NotPublished { why: String } "LT-7109" "internal_error" Other Outage
    vi: "Đã ghi thay đổi nhưng chưa phát hành được danh bạ: {why}." "Nền tảng điều phối sẽ tự thử lại sau ít phút; xem nhật ký của nền tảng điều phối."
    en: "The change is recorded, but the directory could not be published: {why}." "The hub tries again by itself within minutes; see its log."

    /// Keys of the directory that could not be changed.
    NotRotated { why: String } "LT-7110" "bad_request" Caller Mistake
    vi: "Không đổi được khoá của danh bạ: {why}." "Khoá cũ vẫn dùng; sửa nguyên nhân rồi chạy lại."
    en: "The directory's keys were not changed: {why}." "The old ones hold; remove the cause and run it again."

    /// What an officer of one agency asked for is another's, or the hub's.
    NotTheirs { subject: Words, agency: Words } "LT-7111" "access_denied" Caller Rule
    vi: "Cán bộ của {agency} không có quyền với {subject}." "Đề nghị cán bộ của cơ quan chủ quản hoặc của nền tảng điều phối làm việc này."
    en: "An officer of {agency} has no right to {subject}." "Ask an officer of the agency it belongs to, or of the hub."

    /// None of the officer's roles has the right.
    NoRight { officer: String, right: Words } "LT-7112" "access_denied" Caller Rule
    vi: "Vai trò của {officer} không gồm việc: {right}." "Đề nghị người có vai trò ấy, hoặc người quản trị tài khoản giao vai trò."
    en: "No role of {officer} covers {right}." "Ask somebody whose role does, or an administrator to give the role."

    /// The thing is no longer as its writer has seen it.
    ChangedMeanwhile { subject: String, theirs: String, yours: String } "LT-7113" "bad_request" Caller Mistake
    vi: "{subject} đã được người khác sửa từ khi đọc." "Xem cả hai bản trong theirs và yours, gộp lại rồi gửi với ETag mới; bản của ai cũng còn."
    en: "{subject} was changed by somebody else since it was read." "See both in theirs and yours, merge them and send again with the new ETag; neither is lost."

    /// The name, the password or the code is wrong.
    BadCredentials { } "LT-7114" "access_denied" Caller Rule
    vi: "Tên, mật khẩu hoặc mã dùng một lần không đúng." "Thử lại; quên mật khẩu thì đề nghị người quản trị gửi thư mời mới."
    en: "The name, the password or the one-time code is wrong." "Try again; who has forgotten the password asks an administrator for a new invitation."

    /// The account was withdrawn, or nobody used it for too long.
    AccountDisabled { account: String } "LT-7115" "access_denied" Caller Rule
    vi: "Tài khoản {account} đã bị khoá: thu hồi, hoặc quá lâu không dùng." "Đề nghị người quản trị mở lại: lienthong user renew."
    en: "The account {account} is disabled: withdrawn, or unused for too long." "Ask an administrator to renew it: lienthong user renew."

    /// Too many tries to sign in.
    TooManyTries { seconds: i64 } "LT-7116" "access_denied" Caller Rule
    vi: "Đã thử đăng nhập quá nhiều lần; thử lại được sau {seconds} giây." "Chờ rồi thử lại."
    en: "There were too many tries to sign in; the next may come in {seconds} seconds." "Wait, then try again."

    /// An administrator's password is older than the rules allow.
    PasswordTooOld { days: i64 } "LT-7117" "access_denied" Caller Rule
    vi: "Mật khẩu đã quá {days} ngày." "Đặt mật khẩu mới: lienthong user password."
    en: "The password is older than {days} days." "Set another: lienthong user password."

    /// The account needs a one-time code as well.
    CodeNeeded { } "LT-7118" "access_denied" Caller Rule
    vi: "Tài khoản này cần thêm mã dùng một lần." "Nhập mã sáu chữ số của ứng dụng xác thực."
    en: "The account needs a one-time code as well." "Give the six digits of the authenticator."

    /// A password that may not be used.
    PasswordRefused { why: Words } "LT-7119" "bad_request" Caller Mistake
    vi: "Không nhận mật khẩu này: {why}." "Chọn mật khẩu khác."
    en: "The password is not accepted: {why}." "Choose another."

    /// A change by a session that does not carry the session's guard.
    NotGuarded { } "LT-7120" "access_denied" Caller Rule
    vi: "Yêu cầu thay đổi thiếu dấu bảo vệ của phiên." "Gửi Lienthong-Guard nhận lúc đăng nhập; nếu không phải mình gửi, một trang khác đang mạo danh."
    en: "The change does not carry the session's guard." "Send Lienthong-Guard as it came at sign-in; if you did not send this, another site did in your name."

    /// A change that does not say which state it is based on.
    StateNotNamed { } "LT-7121" "bad_request" Caller Mistake
    vi: "Thay đổi chưa nói dựa trên bản nào." "Gửi If-Match với ETag đã đọc, hoặc If-None-Match: * cho thứ phải là mới."
    en: "The change does not say which state it is based on." "Send If-Match with the ETag that was read, or If-None-Match: * for what must be new."

    /// A deed whose answer is shown once only was done before.
    DoneBefore { } "LT-7122" "bad_request" Caller Mistake
    vi: "Việc này đã làm rồi, và kết quả chỉ hiện một lần." "Nếu chưa nhận được, làm lại với Idempotency-Key khác."
    en: "This was done before, and its answer is shown once only." "If it never arrived, do it again with another Idempotency-Key."

    /// The address asks for something that can't be read.
    BadParameters { why: Words } "LT-7123" "bad_request" Caller Mistake
    vi: "Không đọc được điều được hỏi: {why}." "Sửa tham số của địa chỉ."
    en: "What is asked cannot be read: {why}." "Correct the parameters of the address."

    /// The address does not know the method.
    NoSuchMethod { method: String } "LT-7124" "bad_request" Caller Mistake
    vi: "Địa chỉ này không có phương thức {method}." "Xem /api/openapi.json."
    en: "The address has no method {method}." "See /api/openapi.json."

    /// A node's report of its traffic that can't be taken.
    BadReport { why: Words } "LT-7125" "access_denied" Caller Rule
    vi: "Không nhận báo cáo lưu lượng của nút: {why}." "Xem nhật ký của nút; nếu nút đã đổi hệ thống hoặc khoá, báo cáo kế tiếp sẽ đúng."
    en: "The node's report of its traffic is not taken: {why}." "See the node's log; if its systems or keys have changed, the next report will be right."

    /// The identity provider has not shown who somebody is, or nobody here is called that.
    SignInRefused { why: Words } "LT-7126" "access_denied" Caller Rule
    vi: "Không đăng nhập được qua nhà cung cấp danh tính: {why}." "Đăng nhập lại từ đầu; nếu vẫn không được, hỏi cơ quan quản lý trang này."
    en: "Signing in through the identity provider did not work: {why}." "Sign in anew from the beginning; if that does not help, ask the agency that runs these pages."

    /// The identity provider can't be asked.
    ProviderFailed { why: String } "LT-7127" "internal_error" Other Outage
    vi: "Không hỏi được nhà cung cấp danh tính: {why}." "Thử lại sau ít phút, hoặc đăng nhập bằng cách khác nếu trang có."
    en: "The identity provider could not be asked: {why}." "Try again in some minutes, or sign in another way if the page has one."

    /// More listeners than the hub, or an account, may have.
    TooManyListeners { } "LT-7128" "access_denied" Caller Rule
    vi: "Đang có quá nhiều nơi nghe sự kiện của nền tảng điều phối." "Đóng bớt trang đang mở; trang vẫn tự làm mới theo nhịp."
    en: "Too many listen to the hub's events already." "Close some pages; a page renews itself at intervals all the same."

    /// The node at which calls are tried does not answer.
    PracticeFailed { why: String } "LT-7129" "network_error" Other Outage
    vi: "Nút dùng để thử không trả lời: {why}." "Chạy quốc gia thử (lienthong demo), hoặc chép lệnh gọi và thử tại nút của cơ quan mình."
    en: "The node for trials does not answer: {why}." "Run the demo nation (lienthong demo), or copy the call and try it at your agency's node."

    /// Too much is under way at the hub.
    HubBusy { } "LT-7130" "internal_error" Other Outage
    vi: "Nền tảng điều phối đang xử lý nhiều việc lớn cùng lúc." "Gửi lại sau ít giây; chưa có gì thay đổi."
    en: "The hub is busy with too much at once." "Send it again in a few seconds; nothing has changed."

    /// The hub's store was lost while a change was committed, and could not be asked how that ended.
    CommitUnknown { } "LT-7131" "database_error" Other Outage
    vi: "Kho của nền tảng điều phối mất kết nối đúng lúc ghi: không biết thay đổi đã được giữ hay chưa." "Đừng làm lại ngay: xem nhật ký thay đổi, rồi mới làm lại nếu chưa có."
    en: "The hub's store was lost while the change was written: it is not known whether it was kept." "Do not repeat it at once: look at the audit trail, and repeat it only if it is not there."

    /// A node's new keys are not certified.
    NotRenewed { why: Words } "LT-7132" "access_denied" Caller Rule
    vi: "Khoá mới của nút không được cấp chứng thư: {why}." "Xem lienthong node certificates; nếu có chứng thư không phải của nút thì rút nó (lienthong node withdraw). Nút tự thử lại."
    en: "The node's new keys are not certified: {why}." "See lienthong node certificates; if one there is not the node's, take it out (lienthong node withdraw). The node tries again by itself."

    /// Nodes hold a newer directory of this hub than its store knows of.
    StoreBehind { own: u64, proven: u64 } "LT-7133" "internal_error" Other Outage
    vi: "Các nút giữ danh bạ số {proven} do chính nền tảng điều phối này ký, còn kho chỉ biết đến số {own}: kho là bản sao lưu cũ. Không công bố gì trước khi có người quyết định." "Xem lienthong directory status, sửa sổ đăng ký cho đúng (thay đổi vẫn được ghi), rồi quyết định bằng lienthong directory go-on."
    en: "Nodes hold directory {proven}, signed by this hub, and its store knows of {own} only: it is an older backup. Nothing is published before somebody has decided." "See lienthong directory status, put the registry right (changes are recorded), then decide by lienthong directory go-on."

    /// A node's report whose interval begins before the end of what the node has reported.
    ReportedBefore { from: String, until: String } "LT-7134" "access_denied" Caller Rule
    vi: "Không tính báo cáo lưu lượng: nó bắt đầu lúc {from}, mà nút đã báo cáo đến {until}." "Nút tự gộp số liệu này vào báo cáo sau. Nếu lặp lại mãi, xem đồng hồ của nút, và xem có hai tiến trình chạy cùng một nút không."
    en: "The report of the traffic is not counted: it begins at {from}, and the node has reported until {until}." "The node puts these figures into a later report by itself. If this goes on, look at the node's clock, and whether the same node runs twice."

    /// A node's report whose time can't be right.
    ReportOutOfTime { why: Words } "LT-7135" "access_denied" Caller Rule
    vi: "Không tính báo cáo lưu lượng: {why}." "Chỉnh đồng hồ của nút, hoặc của nền tảng điều phối, theo nguồn giờ chuẩn. Nút giữ số liệu và tự báo cáo lại khi giờ đã đúng."
    en: "The report of the traffic is not counted: {why}." "Set the node's clock, or the hub's, by a time source. The node keeps the figures and reports them by itself once the time is right."

    /// A way by which this hub does not tell anybody anything.
    NoSuchWay { what: Words } "LT-7165" "bad_request" Caller Mistake
    vi: "Nền tảng điều phối này chưa được cấu hình để {what}." "Thông báo vẫn có trên trang Thông báo. Nếu cần, đề nghị người vận hành cấu hình theo hướng dẫn vận hành."
    en: "This hub is not set up for {what}." "Notices stand on the page of notices all the same. If you need more, ask the operator to set it up as the operator's guide says."

    /// An address that notices cannot be sent to.
    CannotBeTold { why: Words } "LT-7166" "bad_request" Caller Mistake
    vi: "Không gửi thông báo tới địa chỉ này được: {why}." "Sửa địa chỉ rồi lưu lại. Địa chỉ cũ vẫn được dùng."
    en: "Notices cannot be sent to this address: {why}." "Correct the address and save again. The old one goes on being used."

    /// A code that does not confirm an address.
    WrongConfirmation { } "LT-7167" "bad_request" Caller Mistake
    vi: "Mã xác nhận không đúng, đã hết hạn, hoặc đã nhập sai quá nhiều lần." "Xem lại thư mới nhất, hoặc lưu lại địa chỉ để nhận mã khác."
    en: "The code is wrong, has ended, or was mistyped too often." "Look at the newest letter, or save the address again to get another code."

    /// A letter that the mail server has not taken.
    LetterNotTaken { why: String } "LT-7168" "network_error" Other Outage
    vi: "Máy chủ thư chưa nhận thư: {why}." "Thử lại sau ít phút. Nếu vẫn vậy, báo người vận hành xem phần gửi thư trong cấu hình."
    en: "The mail server has not taken the letter: {why}." "Try again in a few minutes. If that does not help, the operator looks at the settings for mail."
    /// Several things that are wrong in what was handed in, each with its place.
    Mistaken { mistakes: Mistakes } "LT-7170" "bad_request" Caller Mistake
    vi: "Có mấy chỗ chưa đúng: {mistakes}." "Sửa các chỗ đã nêu rồi gửi lại; chưa có gì được ghi."
    en: "Several things are not right: {mistakes}." "Correct what is named and send it again; nothing was written."

    /// Settings that can't be used.
    BadSettings { place: String, why: Words } "LT-8101" "bad_request" Caller Mistake
    vi: "Cấu hình {place} không dùng được: {why}." "Sửa tệp cấu hình rồi chạy lại."
    en: "The settings in {place} cannot be used: {why}." "Correct the file and start again."

    /// A file that can't be read or written.
    FileFailed { path: String, why: Words } "LT-8102" "io_error" Caller Mistake
    vi: "Không đọc hoặc ghi được {path}: {why}." "Kiểm tra đường dẫn, quyền và chỗ trống trên đĩa."
    en: "{path} cannot be read or written: {why}." "Check the path, its permissions and the disk's free space."

    /// The hub can't be reached by the command line or a node.
    HubUnreachable { url: String, why: String } "LT-8103" "network_error" Other Outage
    vi: "Không kết nối được nền tảng điều phối {url}: {why}." "Kiểm tra địa chỉ và nền tảng điều phối có đang chạy không."
    en: "The hub {url} cannot be reached: {why}." "Check the address, and that the hub runs."

    /// A ledger that was damaged or tampered with.
    LedgerDamaged { place: String, why: String } "LT-8104" "internal_error" Other Outage
    vi: "Sổ trao đổi bị hỏng tại {place}: {why}." "Giữ nguyên tệp làm chứng cứ, lấy bản sao lưu, và báo người vận hành."
    en: "The ledger is damaged at {place}: {why}." "Keep the file as evidence, take the backup, and tell the operator."

    /// The directory on disk or from the hub can't be trusted.
    DirectoryRefused { why: String } "LT-8105" "malformed_global_conf" Other Outage
    vi: "Từ chối danh bạ: {why}." "Nút giữ bản đã kiểm tra gần nhất; báo nền tảng điều phối nếu lặp lại."
    en: "The directory is refused: {why}." "The node keeps the last one it verified; tell the hub if this goes on."

    /// A step of the demo that did not go as it must.
    DemoStep { step: String, why: String } "LT-8106" "internal_error" Other Outage
    vi: "Bước \"{step}\" không diễn ra như phải có: {why}." "Chạy lại với --keep THƯ_MỤC và xem nhật ký các tiến trình trong đó."
    en: "The step \"{step}\" did not go as it must: {why}." "Run again with --keep DIR and see the processes' logs there."

    /// A package, or an order for one, that can't be used.
    PackageBroken { place: String, why: Words } "LT-8107" "bad_request" Caller Mistake
    vi: "Gói dữ liệu hoặc đơn đặt {place} không dùng được: {why}." "Kiểm tra phương tiện lưu trữ và chép lại; phần đã xong được giữ, chạy lại lệnh sẽ đi tiếp."
    en: "The package or order {place} cannot be used: {why}." "Check the medium and copy it again; what is done is kept, and the same command goes on."

    /// An entry of a ledger that is not there, or is of no exchange.
    NoExchange { number: u64 } "LT-8108" "not_found" Caller Nothing
    vi: "Sổ trao đổi không có lượt nào ở mục {number}." "Tra lại bằng lienthong ledger find."
    en: "The ledger has no exchange in entry {number}." "Look for it with lienthong ledger find."

    /// No such case, or none of yours.
    NoCase { } "LT-9101" "not_found" Caller Nothing
    vi: "Không có hồ sơ này, hoặc hồ sơ không phải của bạn." "Kiểm tra mã hồ sơ; xem danh sách hồ sơ của bạn."
    en: "There is no such case, or it is not yours." "Check its id; see the list of your cases."

    /// Nobody known asks a node for cases.
    NobodyKnown { } "LT-9102" "access_denied" Caller Rule
    vi: "Chưa biết ai đang hỏi." "Hãy đăng nhập, hoặc gửi mã bí mật của hệ thống một cửa trong Lienthong-Token."
    en: "It is not known who asks." "Sign in, or send the one-stop system's token in Lienthong-Token."

    /// Whoever asks may not do that in a case.
    NotInCase { what: Words } "LT-9103" "access_denied" Caller Rule
    vi: "Bạn không được {what}." "Nhờ người có quyền trong cơ quan làm việc này."
    en: "You may not {what}." "Ask somebody of the office who may."

    /// The key of another case.
    KeyOfAnotherCase { } "LT-9104" "bad_request" Caller Mistake
    vi: "Idempotency-Key này đã mở một hồ sơ khác." "Mỗi hồ sơ dùng một khoá riêng; gửi lại hồ sơ cũ thì giữ nguyên nội dung."
    en: "This Idempotency-Key has opened another case." "Each case has a key of its own; to send the same again, leave its body as it was."

    /// The case is not where that can be done.
    CaseElsewhere { why: Words } "LT-9105" "bad_request" Caller Mistake
    vi: "Hồ sơ không ở bước làm được việc này: {why}." "Xem lại hồ sơ rồi làm việc của bước hiện tại."
    en: "The case is not where that can be done: {why}." "Look at the case again and do what its step asks."

    /// No such procedure is offered here.
    NoProcedure { procedure: String } "LT-9106" "not_found" Caller Nothing
    vi: "Cơ quan này không làm thủ tục {procedure}." "Xem danh sách thủ tục; nếu thủ tục vừa công bố, chờ danh bạ cập nhật."
    en: "The procedure {procedure} is not done here." "See the list of procedures; if it was published just now, wait for the directory."

    /// A paper that no gap allows to ask for.
    PaperNotNeeded { item: String } "LT-9107" "bad_request" Caller Rule
    vi: "Mục {item} không cần giấy tờ: cơ sở dữ liệu nhà nước đã trả lời, hoặc chưa trả lời không phải do người dân." "Nếu vẫn phải yêu cầu, chọn một lý do: việc này được ghi nhận và thống kê."
    en: "No paper is needed for {item}: the State has answered, or it is not the person's fault that it has not." "If it must be asked for all the same, choose a reason: it is noted and counted."

    /// Somebody has not shown well enough who they are.
    LevelTooLow { level: u8, needed: u8 } "LT-9108" "access_denied" Caller Rule
    vi: "Mức xác thực là {level}, việc này cần mức {needed}." "Xác thực thêm rồi làm tiếp; những gì đã nhập vẫn còn."
    en: "You are signed in at level {level}; this needs level {needed}." "Confirm who you are once more and go on; what was typed is kept."

    /// A case that still lacks something.
    CaseIncomplete { missing: Words } "LT-9109" "bad_request" Caller Mistake
    vi: "Hồ sơ còn thiếu: {missing}." "Bổ sung những mục này rồi nộp lại."
    en: "The case still lacks: {missing}." "Add these and submit it again."

    /// A node with cases that has too much to do.
    CasesBusy { } "LT-9110" "internal_error" Other Outage
    vi: "Nút đang có quá nhiều hồ sơ cùng lúc." "Gửi lại sau ít giây, với cùng Idempotency-Key."
    en: "The node has too many cases at once." "Send it again in a few seconds, with the same Idempotency-Key."

    /// A paper that cannot be taken.
    PaperRefused { why: Words } "LT-9111" "bad_request" Caller Mistake
    vi: "Không nhận được giấy tờ này: {why}." "Gửi tệp PDF, PNG hoặc JPEG, trong giới hạn dung lượng."
    en: "This paper cannot be taken: {why}." "Send a PDF, PNG or JPEG file within the limit."

    /// What was kept of a case cannot be opened.
    CaseSealed { case: String } "LT-9112" "internal_error" Other Outage
    vi: "Không mở được dữ liệu của hồ sơ {case}: khoá đã bị huỷ hoặc dữ liệu bị đổi." "Người vận hành nút cần kiểm tra kho khoá; nếu hồ sơ đã bị xoá theo thời hạn thì không khôi phục được."
    en: "What is kept of case {case} cannot be opened: its key was destroyed, or it was changed." "The node's operator must look at the store of keys; what was erased by retention does not come back."

    /// Another office's result that could not be looked at.
    ResultNotSeen { code: String, why: Words } "LT-9113" "internal_error" Other Outage
    vi: "Chưa xem được kết quả {code} tại cơ quan cấp: {why}." "Làm lại sau; nếu cơ quan cấp vẫn không trả lời, nhận giấy tờ thay cho kết quả này."
    en: "The result {code} could not be looked at where it is kept: {why}." "Try again later; if that office goes on not answering, take the paper in its place."

    /// A case is decided that is another than whoever decides has seen.
    CaseChanged { } "LT-9130" "bad_request" Caller Mistake
    vi: "Hồ sơ đã thay đổi sau khi bạn mở trang: người khác vừa sửa, hoặc có giấy tờ, dữ liệu mới." "Mở lại hồ sơ, xem phần mới rồi quyết định; chưa có gì được ghi."
    en: "The case has changed since you opened the page: somebody else worked on it, or a paper or data came in." "Open the case again, look at what is new, and decide then; nothing was noted."
}
