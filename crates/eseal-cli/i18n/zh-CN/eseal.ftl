# eseal 的中文文本。编号与变量须与 ../en-US/eseal.ftl 一致（由测试保证）。
# err-<code>：出了什么问题；cause-<code>：原因；hint-<code>：下一步。每条一行。

## 帮助

help-eseal = 电子印章与 SM2 软证书：签发、盖章、验章
help-eseal-long =
    退出码：0 完成或全部有效，1 无效，2 用法错误，3 无法确定，
    4 未盖章，5 被拒绝，6 无法完成，7 eseal 自身的缺陷。

    从这里开始：
      eseal lab demo                    在 demo 目录建立一个完整的演示机构
      eseal stamp --help                如何给 PDF 盖章
      eseal explain CODE                某个代码的含义与处理办法
help-lab = 建立一个完整可用的演示机构，并逐项核验
help-lab-dir = 要建立的目录
help-lab-force = 替换该处已有的演示机构
help-ca = 机构的证书颁发者
help-ca-init = 建立根 CA、签发 CA、制章者与登记库
help-ca-init-subject = 根 CA 的名称，例如 CN=示例根,O=示例机构,C=CN
help-ca-init-issuing-subject = 签发 CA 的名称；不给则由根的名称得出
help-ca-init-days = 根证书的有效天数
help-ca-export = 写出颁发者的证书
help-ca-export-root = 根证书，供他人信任（默认）
help-ca-export-issuing = 签发 CA 的证书
help-ca-export-chain = 两张都写，签发 CA 在前
help-ca-export-unlocker = 可授权解锁的证书（后续版本）
help-request = 证书请求
help-request-new = 在介质内生成密钥并制作证书请求
help-request-new-subject = 持有人名称，例如 CN=示例用户,O=示例机构,C=CN
help-request-new-kind = 密钥用途：sign
help-cert = 数字证书
help-cert-issue = 根据请求签发证书
help-cert-issue-requests = 证书请求，PEM 或 DER
help-cert-issue-profile = organization、person、seal-maker、tsa、ocsp 或 sub-ca
help-cert-issue-pair = 同时签发加密证书（后续版本）
help-cert-issue-days = 证书的有效天数
help-cert-issue-from = 按表格批量签发（后续版本）
help-cert-issue-out-dir = 批量签发结果所在目录（后续版本）
help-cert-show = 查看证书
help-crl = 证书撤销列表
help-crl-build = 签发新的撤销列表
help-crl-build-root = 根 CA 的列表，针对下级颁发者
help-crl-build-issuing = 签发 CA 的列表，针对持有人（默认）
help-crl-build-days = 距下一次列表的天数
help-crl-show = 查看撤销列表
help-token = 软证书：由口令保护密钥的文件
help-token-new = 新建空的软证书介质
help-token-new-level = file：可携带；device：只能在本机打开
help-token-new-unlocker = 可授权解锁的颁发者证书
help-token-new-label = 便于辨认的名称
help-token-show = 查看介质内容，不需要口令
help-token-install = 把证书装入介质
help-token-install-response = 颁发者返回的文件
help-token-change-pin = 修改介质口令
help-token-change-pin-new-pin-from = 新口令的来源
help-seal = 电子印章
help-seal-make = 制作印章
help-seal-make-id = 印章标识
help-seal-make-name = 印章名称
help-seal-make-kind = organization、finance、contract、invoice、legal-representative、person 或数字
help-seal-make-picture = 印章图片：PNG、JPEG、GIF 或 BMP
help-seal-make-size = 打印尺寸，例如 40mmx40mm
help-seal-make-signer = 可使用此印章者的证书
help-seal-make-maker = 制章者的介质；不给则用本机构的
help-seal-make-pin-from = 制章者介质口令的来源
help-seal-make-ses-version = 4（GB/T 38540-2020）或 5（GM/T 0031-2025）
help-seal-make-vendor = 印章头中的厂商标识
help-seal-make-valid-from = 印章生效时间；不给则为现在
help-seal-make-days = 印章的有效天数
help-seal-show = 查看印章
help-seal-verify = 验证印章或电子签章数据
help-stamp = 给文件盖章
help-stamp-long =
    也可写作：eseal 盖章。

    “位置”写作 页:X,Y，即印章中心距所见页面左上角的位置。
    页：1、-1（最后一页）、1-3,5、odd、even、all。
    X、Y：30mm、30、1in、85pt、right-20mm、bottom-30mm、center。

    示例：
      eseal stamp letter.pdf --seal office.esl --token me.token \
        --place -1:right-40mm,bottom-40mm -o stamped.pdf
help-stamp-inputs = PDF 文件
help-stamp-seal = 印章
help-stamp-place = 印章显示的位置，可多次给出
help-stamp-invisible = 不显示图片
help-stamp-field = 填入这个空签名域
help-stamp-size = 打印尺寸，例如 42mmx42mm；不给则用印章自带的尺寸
help-stamp-blend = 图片与页面的混合方式
help-stamp-certify = 允许的后续修改：none 为普通盖章；forms 或 annotations 为认证并只允许此类修改
help-stamp-reason = 写入文件的用章事由
help-stamp-location = 写入文件的地点
help-stamp-filter = 写入的签名处理器名称
help-stamp-out-dir = 结果所在目录，文件名不变
help-stamp-dry-run = 只说明将做什么，不写任何文件
help-stamp-keyword = 按文字定位（后续版本）
help-stamp-nth = 第几处文字（后续版本）
help-stamp-offset = 距文字的偏移（后续版本）
help-stamp-seam = 骑缝章（后续版本）
help-stamp-seam-group = 每枚骑缝章的页数（后续版本）
help-stamp-seam-at = 骑缝章在边上的位置（后续版本）
help-stamp-format = seal；其他格式见后续版本
help-stamp-level = b；时间戳见后续版本
help-stamp-tsa = 时间戳服务（后续版本）
help-stamp-preview = 效果预览图（后续版本）
help-verify = 验证文件上的签章
help-verify-long =
    也可写作：eseal 验章。

    退出码：0 全部有效，1 无效，3 无法确定，4 未盖章，6 无法读取。
    不给 --trust 时任何证书链都不成立，结论至多为“无法确定”。

    示例：
      eseal verify stamped.pdf --trust demo/trust --crl demo/trust
help-verify-files = 文件、印章或电子签章数据
help-verify-require = 不可缺少的内容
help-verify-allow-later = 最后一枚签章之后允许的修改
help-verify-report = 同时写出验证报告，文件.json
help-verify-jobs = 同时处理的文件数；不给则与处理器数相同
help-verify-status = 签名的印章状态列表（后续版本）
help-inspect = 查看文件结构，不作判断
help-inspect-file = PDF、印章、电子签章数据、CMS、证书、请求、撤销列表或软证书介质
help-explain = 说明某个代码的含义与处理办法
help-explain-code = 错误或报告中的代码，例如 token-wrong-pin
help-completions = 输出某种 shell 的补全脚本
help-completions-shell = shell 名称
help-man = 写出手册页
help-man-dir = 手册页所在目录

help-arg-home = 机构目录：登记库与密钥
help-arg-store = 登记库：sqlite:路径
help-arg-trust = 信任的证书，文件或目录，可多次给出
help-arg-lang = 语言：zh-CN 或 en-US
help-arg-json = 输出一个 JSON 对象
help-arg-jsonl = 每行输出一个 JSON 对象
help-arg-quiet = 标准错误只输出错误
help-arg-verbose = 输出更多说明
help-arg-color = 何时使用颜色
help-arg-progress = 何时显示进度
help-arg-no-input = 从不在终端上询问
help-arg-help = 显示此帮助
help-arg-version = 显示版本
help-arg-out = 结果写到哪里；- 为标准输出
help-arg-force = 替换已有的文件
help-arg-at = 以此时间为准；不给则为现在
help-arg-file = 文件；- 为标准输入
help-arg-files = 文件；- 为标准输入
help-arg-token = 软证书介质
help-arg-pin-from = 口令的来源：prompt、env:变量、file:路径、fd:N 或 stdin
help-arg-key-pin-from = 颁发者密钥口令的来源：prompt、env:变量、file:路径、fd:N 或 stdin
help-arg-crl = 撤销列表，文件或目录，可多次给出
help-arg-revocation = 缺少撤销列表时如何处理

value-dir = 目录
value-url = 地址
value-path = 路径
value-lang = 语言
value-when = 时机
value-file = 文件
value-time = 时间
value-token = 介质
value-src = 来源
value-policy = 策略
value-dn = 名称
value-days = 天数
value-type = 类型
value-req = 请求
value-profile = 模板
value-level = 级别
value-text = 文字
value-response = 响应
value-id = 标识
value-kind = 类型
value-size = 宽x高
value-cert = 证书
value-n = 数
value-seal = 印章
value-in = 输入
value-place = 位置
value-name = 名称
value-blend = 方式
value-certify = 修改
value-filter = 名称
value-what = 内容
value-changes = 修改
value-code = 代码
value-shell = SHELL

text-help-usage = 用法：{ $usage }
text-help-commands = 命令
text-help-arguments = 参数
text-help-options = 选项
text-help-globals = 通用选项
text-help-options-mark = [选项]
text-help-command-mark = <命令>
text-help-possible = [可选：{ $values }]
text-help-default = [默认：{ $values }]
text-help-env = [环境变量：{ $values }]

## 句子

text-pin-prompt = 口令：
text-new-pin-prompt = 新口令：
text-key-pin-prompt = 颁发者密钥的口令：
text-new-key-pin-prompt = 颁发者密钥的新口令：
text-pin-again = 再输入一次：
text-man-written = 已写出 { $pages } 个手册页
text-explain-cause = 原因：{ $text }
text-explain-next = 下一步：{ $text }

## 错误：用法

err-usage = 无法理解命令行
cause-usage = 这些词不能组成一条命令。
hint-usage = eseal --help 列出命令；eseal 命令 --help 列出其选项
err-usage-unknown-flag = 这里没有选项 { $argument }
cause-usage-unknown-flag = 此命令没有这个选项；它可能属于别的命令，或拼写有误。
hint-usage-unknown-flag = 在命令后加 --help 查看其选项
err-usage-unknown-flag-near = 这里没有选项 { $argument }
cause-usage-unknown-flag-near = 此命令没有这个选项，可能拼写有误。
hint-usage-unknown-flag-near = 是否指 { $near }？
err-usage-unknown-command = 没有命令 { $command }
cause-usage-unknown-command = eseal 没有这个名称的命令。
hint-usage-unknown-command = eseal --help 列出命令
err-usage-unknown-command-near = 没有命令 { $command }
cause-usage-unknown-command-near = eseal 没有这个名称的命令，可能拼写有误。
hint-usage-unknown-command-near = 是否指 { $near }？
err-usage-command-missing = 缺少命令
cause-usage-command-missing = 需要说明要做什么。
hint-usage-command-missing = eseal --help 列出命令
err-usage-argument-missing = 缺少：{ $argument }
cause-usage-argument-missing = 没有这个参数，命令无法执行。
hint-usage-argument-missing = 在命令后加 --help 查看所需参数
err-usage-argument-twice = { $argument } 只能给出一次
cause-usage-argument-twice = 同一选项的两个值互相矛盾。
hint-usage-argument-twice = 保留其中一个
err-usage-conflict = { $argument } 不能与 { $other } 同时使用
cause-usage-conflict = 两个选项要求的事情不同。
hint-usage-conflict = 保留其中一个
err-usage-value = { $argument } 的值须为以下之一：{ $values }
cause-usage-value = 此选项只接受这些词。
hint-usage-value = 请选择：{ $values }
err-usage-value-missing = { $argument } 需要一个值
cause-usage-value-missing = 选项后面没有它所需的值。
hint-usage-value-missing = 在命令后加 --help 查看可用的值
err-usage-value-unwanted = { $argument } 的值过多
cause-usage-value-unwanted = 给出的值多于参数所需。
hint-usage-value-unwanted = 在命令后加 --help 查看可用的值
err-usage-value-malformed = { $argument } 的值格式不对
cause-usage-value-malformed = 该文字不能解读为选项所需的内容，例如数字。
hint-usage-value-malformed = 在命令后加 --help 查看可用的值
err-usage-pin-source = { $argument } 的值应说明口令从哪里来，而不是口令本身
cause-usage-pin-source = 命令行上的内容会被其他程序看到，并留在 shell 历史中。
hint-usage-pin-source = 请用 prompt、env:变量、file:路径、fd:N 或 stdin；如果刚才是真实口令，请修改它
err-usage-time = { $argument } 的值不是时间
cause-usage-time = 时间写作 RFC 3339，或日期，或本机时区的日期与时间。
hint-usage-time = 例如 2026-11-24T14:00:00+08:00 或 2026-11-24
err-usage-not-utf8 = 有参数不是 UTF-8
cause-usage-not-utf8 = 命令行上的文字须为 UTF-8，只有文件名可以不是。
hint-usage-not-utf8 = 请把终端设为 UTF-8
err-not-supported-yet = 尚不支持 { $what }
cause-not-supported-yet = 约定中有此功能，但本版本尚未实现；因此拒绝，而不是忽略。
hint-not-supported-yet = eseal 命令 --help 显示本版本能做什么
err-explain-unknown = 没有代码 { $code }
cause-explain-unknown = 代码位于错误行的方括号中，或 JSON 的 code 字段中。
hint-explain-unknown = 请复制错误行方括号中的词
err-home-unknown = 不知道机构目录在哪里
cause-home-unknown = --home、ESEAL_HOME、XDG_DATA_HOME、HOME 都没有设置。
hint-home-unknown = 请给出 --home 目录

## 错误：本命令

err-internal-bug = eseal 自身有缺陷（位于 { $place }）
cause-internal-bug = 出现了程序认为不可能的状态。
hint-internal-bug = 请报告此行与所用命令（不要包含口令）；此前写出的文件都是完整的
err-unnamed = 无法完成（{ $code }）
cause-unnamed = 该原因尚无说明文字。
hint-unnamed = 请报告此代码
err-input-unreadable = 无法读取 { $path }：{ $reason }
cause-input-unreadable = 文件不存在，或没有读取权限。
hint-input-unreadable = 请检查文件名与权限
err-input-folder = { $path } 是目录
cause-input-folder = 此处需要一个文件。
hint-input-folder = 请指定其中的文件
err-input-too-large = { $path } 超过 { $limit } MiB
cause-input-too-large = 输入有上限，以免某个文件耗尽内存。
hint-input-too-large = 请确认文件是否正确
err-output-exists = { $path } 已存在
cause-output-exists = 除非明确要求，结果不会替换已有文件。
hint-output-exists = 换一个名称，或加 --force 替换
err-output-terminal = 不向终端输出二进制数据
cause-output-terminal = 这些字节只会扰乱终端。
hint-output-terminal = 请重定向输出，或给出 -o 文件
err-output-write = 无法写入 { $path }：{ $reason }
cause-output-write = 目录不存在、只读或已满。原有文件（如有）未被改动。
hint-output-write = 请检查目录、权限与剩余空间
err-output-stdout = 无法写出结果：{ $reason }
cause-output-stdout = 标准输出所指之处已满或已关闭。
hint-output-stdout = 请检查输出重定向到了哪里
err-pin-no-terminal = 需要口令，但没有可询问的终端；请用 { $flag } 说明来源
cause-pin-no-terminal = 标准输入不是终端，或给出了 --no-input。
hint-pin-no-terminal = 加上 { $flag } env:变量、file:路径、fd:N 或 stdin
err-pin-mismatch = 两次输入不一致
cause-pin-mismatch = 新口令要输入两次，以免手误造成锁定。
hint-pin-mismatch = 请重试
err-pin-variable-unset = { $flag } 所用的变量 { $name } 未设置
cause-pin-variable-unset = 本次运行的环境中没有这个变量。
hint-pin-variable-unset = 请 export { $name }，或改用其他来源
err-pin-unreadable = 无法读取 { $path }：{ $reason }
cause-pin-unreadable = 存放口令的文件不存在，或没有读取权限。
hint-pin-unreadable = 请检查文件名与权限
err-pin-descriptor = 无法读取描述符 { $number }：{ $reason }
cause-pin-descriptor = 该描述符没有以打开状态传入。
hint-pin-descriptor = 例如：eseal … --pin-from fd:3 3<pin.txt
err-pin-source-broken = { $flag } 的来源中断：{ $reason }
cause-pin-source-broken = 读取口令时出错。
hint-pin-source-broken = 请检查来源
err-pin-empty = { $flag } 的来源为空
cause-pin-empty = 以第一行为准，而第一行没有字符。
hint-pin-empty = 请把口令写在第一行
err-pin-too-long = { $flag } 的第一行超过 1024 字节
cause-pin-too-long = 口令很短，这看起来是别的文件。
hint-pin-too-long = 请确认文件是否正确
err-pin-not-text = { $flag } 的第一行不是 UTF-8
cause-pin-not-text = 口令是文字。
hint-pin-not-text = 请确认文件是否正确
