# omniauth_openid_connect in the least of a Rack site; answers each line on standard input, as answering.py does.
require "json"
require "logger"
require "rack"
require "omniauth"
require "omniauth_openid_connect"

SWD.url_builder = WebFinger.url_builder = URI::HTTP # its own switch for an issuer without TLS
OmniAuth.config.allowed_request_methods = [:get]
OmniAuth.config.silence_get_warning = true
OmniAuth.config.logger = Logger.new($stderr)
OmniAuth.config.on_failure = lambda do |env|
  error = env["omniauth.error"]
  told = {error: error.class.name, text: error.message, type: env["omniauth.error.type"]}
  [401, {"Content-Type" => "application/json"}, [JSON.dump(told)]]
end

SITES = {}
WELCOME = ->(env) { [200, {"Content-Type" => "application/json"}, [JSON.dump(env["omniauth.auth"])]] }

def site(app, issuer, method)
  place = URI(issuer)
  Rack::Builder.app do
    use Rack::Session::Cookie, secret: "site" * 16
    use OmniAuth::Builder do
      provider :openid_connect,
               name: :town, issuer: issuer, discovery: true, pkce: true, response_type: :code,
               scope: %i[openid profile email], client_auth_method: method.to_sym,
               client_options: {
                 scheme: place.scheme, host: place.host, port: place.port,
                 identifier: app["appid"], secret: app["secret"], redirect_uri: app["callback"],
               }
    end
    run WELCOME
  end
end

def start(app:, issuer:, method: "basic")
  rack = Rack::MockRequest.new(site(app, issuer, method))
  answer = rack.get("http://127.0.0.1/auth/town")
  SITES[app["appid"]] = [rack, Array(answer["Set-Cookie"]).join.split(";").first]
  answer["Location"]
end

def finish(app:, callback:)
  rack, cookie = SITES.fetch(app["appid"])
  JSON.parse(rack.get(callback, "HTTP_COOKIE" => cookie).body)
end

out = $stdout.dup
$stdout = $stderr # a gem may print
$stdin.each_line do |line|
  asked = JSON.parse(line)
  said = begin
    {returned: send(asked["call"], **asked["with"].transform_keys(&:to_sym))}
  rescue StandardError => e
    kinds = e.class.ancestors.map(&:name)
    {raised: {kind: e.class.name, kinds: kinds, text: e.message, fields: {}}}
  end
  out.puts(JSON.dump(said))
  out.flush
end
